import type { Content } from '../shared/controls.ts';
import { guard, html, ifDefined, nothing } from '../shared/lit.ts';
import type { TemplateResult } from '../shared/lit.ts';
import type { ThemeKind } from '../shared/theme.ts';
import { swatch } from './colours.ts';
import type { Model } from './model.ts';
import { numberField } from './numberField.ts';
import { shown } from './numbers.ts';
import type { UnrolledLayer } from './unroll.ts';
import { directionArrow } from './words.ts';

/** Units whose values are written in the strip; more are squares. */
const maxWritten = 2;

/** The network unrolled: a column a step, from the input below to the output above. */
export function strip(model: Model, kind: ThemeKind, controls: Content): TemplateResult {
  const { network, place } = model.state;
  const columns = `grid-template-columns: auto repeat(${network.inputs.length}, minmax(min-content, max-content))`;
  return html`<section class="cell-section" aria-labelledby="strip-title">
    <div class="section-head">
      <h2 id="strip-title">Unrolled</h2>
      ${controls}
    </div>
    <div class="strip-scroll">
      <div class="strip" .style=${columns} @keydown=${(event: KeyboardEvent) => stepByKey(model, event)}>
        ${guard([network, place, kind], () => rowsOf(model, kind))}
      </div>
    </div>
  </section>`;
}

function rowsOf(model: Model, kind: ThemeKind): Content[] {
  const { shape, inputs } = model.state.network;
  const { layers, outputs } = model.unrolled();
  // A list a row: another sequence leaves the rows' names and first steps where they are, and the focus with them.
  const row = (name: string, cell: (step: number) => TemplateResult): Content => [
    html`<div class="strip-name" aria-hidden="true">${name}</div>`,
    ...inputs.map((_, step) => cell(step)),
  ];
  return [
    row('Step', (step) => stepButton(model, step)),
    row('Output', (step) => html`<div class="strip-output">${shown(outputs[step] ?? NaN)}</div>`),
    ...[...layers].reverse().map((layer) => {
      const name = shape.layers > 1 ? `Layer ${layer.layer + 1}` : 'State';
      return row(`${name}${directionArrow(shape, layer.reading)}`, (step) => block(model, { layer, step, kind }));
    }),
    row('Input', (step) => {
      const changed = (value: number): void => model.setInput(step, value);
      return html`<div>${numberField({ name: `Input of step ${step + 1}`, value: inputs[step] ?? 0, changed })}</div>`;
    }),
  ];
}

/** One stop of the tab key for all steps; arrow keys go from one to the next. */
function stepButton(model: Model, step: number): TemplateResult {
  const isHere = model.state.place.step === step;
  return html`<button
    type="button"
    class="strip-step"
    tabindex=${isHere ? 0 : -1}
    aria-label=${`Step ${step + 1}`}
    aria-current=${ifDefined(isHere ? 'step' : undefined)}
    .textContent=${step + 1}
    @click=${() => model.look({ step })}
  ></button>`;
}

/** The state of a layer after a step. */
function block(
  model: Model,
  { layer: { layer, reading, steps }, step, kind }: { layer: UnrolledLayer; step: number; kind: ThemeKind },
): TemplateResult {
  const { place } = model.state;
  const values = Array.from(steps[step]?.['h'] ?? []);
  const isLast = step === (reading === 'forward' ? steps.length - 1 : 0);
  const isHere = place.step === step && place.layer === layer && place.reading === reading;
  const words = `State after step ${step + 1}, layer ${layer + 1} ${reading}: ${values.map(shown).join(', ')}`;
  const isWritten = values.length <= maxWritten;
  return html`<div
    class=${`block ${reading}${isLast ? ' last' : ''}${isHere ? ' here' : ''}`}
    role="img"
    aria-label=${words}
    title=${words}
    @click=${() => model.look({ step, layer, reading })}
  >
    ${values.map((value) => {
      const { fill, ink } = swatch(value, kind);
      // Set by the object model: the page's policy refuses style attributes.
      const colours = `background-color: ${fill}; color: ${ink}`;
      return html`<span class=${isWritten ? 'written' : 'tile'} .style=${colours}
        >${isWritten ? shown(value) : nothing}</span
      >`;
    })}
  </div>`;
}

function stepByKey(model: Model, event: KeyboardEvent): void {
  const { target, currentTarget } = event;
  if (!(target instanceof HTMLButtonElement && currentTarget instanceof Element)) return;
  const { place, network } = model.state;
  const last = network.inputs.length - 1;
  const wanted = { ArrowLeft: place.step - 1, ArrowRight: place.step + 1, Home: 0, End: last }[event.key];
  if (wanted === undefined) return;
  event.preventDefault();
  const step = Math.max(0, Math.min(last, wanted));
  model.look({ step });
  currentTarget.querySelectorAll<HTMLElement>('.strip-step')[step]?.focus();
}
