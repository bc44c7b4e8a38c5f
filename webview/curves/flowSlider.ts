import { html, live } from '../shared/lit.ts';
import type { TemplateResult } from '../shared/lit.ts';
import { nearestTo } from './decimate.ts';
import type { Model } from './model.ts';

/**
 * The choice of a record in training time: a place a step at which a run has one, the last for the newest of each run.
 *
 * @param id of the input; there is one beside the chart and one beside the table
 * @param steps each once, ascending
 */
export function flowSlider(model: Model, id: string, steps: readonly number[]): TemplateResult {
  const { flowStep } = model.state;
  const last = Math.max(0, steps.length - 1);
  const at = flowStep === null ? last : Math.max(0, nearestTo(Float64Array.from(steps), flowStep));
  const words = flowStep === null ? 'newest record' : `step ${(steps[at] ?? 0).toLocaleString('en-US')}`;
  const choose = (index: number): void => model.set({ flowStep: index >= last ? null : (steps[index] ?? null) });
  return html`<div class="group">
    <label for=${id}>Step</label>
    <input
      id=${id}
      type="range"
      min="0"
      max=${last}
      step="1"
      ?disabled=${last === 0}
      aria-label="Step of training"
      aria-valuetext=${words}
      .value=${live(String(at))}
      @input=${({ currentTarget }: Event) => choose((currentTarget as HTMLInputElement).valueAsNumber)}
    />
    <output for=${id} class="flow-step">${words}</output>
  </div>`;
}
