import { element, setText } from '../shared/dom.ts';
import type { Model } from './model.ts';
import { nearestTo } from './decimate.ts';

/** The choice of a record in training time: a place a step at which a run has one, the last for the newest of each run. */
export interface FlowSlider {
  readonly element: HTMLElement;
  /** @param steps each once, ascending */
  update(steps: readonly number[]): void;
}

/** @param id of the input; there is one beside the chart and one beside the table */
export function flowSlider(model: Model, id: string): FlowSlider {
  const slider = element('input', { type: 'range', min: 0, step: 1, id });
  const shown = element('output', { for: id, class: 'flow-step' });
  let known: readonly number[] = [];
  slider.addEventListener('input', () => {
    const at = Number(slider.value);
    model.set({ flowStep: at >= known.length - 1 ? null : (known[at] ?? null) });
  });
  const made = element('div', { class: 'group' }, element('label', { for: id }, 'At'), slider, shown);
  return {
    element: made,
    update(steps) {
      known = steps;
      const { flowStep } = model.state;
      const last = Math.max(0, steps.length - 1);
      const at = flowStep === null ? last : Math.max(0, nearestTo(Float64Array.from(steps), flowStep));
      const words = flowStep === null ? 'newest record' : `step ${(steps[at] ?? 0).toLocaleString('en-US')}`;
      slider.max = String(last);
      slider.value = String(at);
      slider.disabled = last === 0;
      slider.setAttribute('aria-label', 'Step of training');
      slider.setAttribute('aria-valuetext', words);
      setText(shown, words);
    },
  };
}
