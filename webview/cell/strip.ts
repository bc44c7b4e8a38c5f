import { element, setText } from '../shared/dom.ts';
import type { ThemeKind } from '../shared/theme.ts';
import { swatch } from './colours.ts';
import type { Model } from './model.ts';
import { NumberField } from './numberField.ts';
import { shown } from './numbers.ts';
import { capital } from './words.ts';

/** Units whose values are written in the strip; more are squares. */
const mostWritten = 2;

/** The network unrolled: a column a step, from the input below to the output above. */
export class Strip {
  readonly element: HTMLElement;
  readonly #grid = element('div', { class: 'strip' });
  readonly #model: Model;
  #drawn = '';
  #updates: ((kind: ThemeKind) => void)[] = [];
  #steps: HTMLButtonElement[] = [];

  constructor(model: Model, ...controls: HTMLElement[]) {
    this.#model = model;
    const title = element('h2', { id: 'strip-title' }, 'Unrolled');
    const head = element('div', { class: 'section-head' }, title, ...controls);
    const scroll = element('div', { class: 'strip-scroll' }, this.#grid);
    this.element = element('section', { class: 'cell-section', 'aria-labelledby': 'strip-title' }, head, scroll);
    this.#grid.addEventListener('keydown', (event) => this.#key(event));
  }

  update(kind: ThemeKind): void {
    const { shape, inputs } = this.#model.state.network;
    const { cell, hidden, layers, direction } = shape;
    const key = [cell, hidden, layers, direction, inputs.length].join();
    if (key !== this.#drawn) {
      this.#drawn = key;
      this.#make();
    }
    for (const update of this.#updates) update(kind);
  }

  /** The focus goes to the step that is looked at. */
  focusStep(): void {
    this.#steps[this.#model.state.place.step]?.focus();
  }

  #make(): void {
    this.#updates = [];
    const { inputs } = this.#model.state.network;
    const layers = [...this.#model.unrolled().layers].reverse();
    const rows: HTMLElement[][] = [
      this.#row('Step', (step) => this.#stepButton(step)),
      this.#row('Output', (step) => this.#output(step)),
      ...layers.map(({ layer, reading }) => {
        const { shape } = this.#model.state.network;
        const name = shape.layers > 1 ? `Layer ${layer + 1}` : 'State';
        const arrow = shape.direction === 'forward' ? '' : reading === 'forward' ? ' →' : ' ←';
        return this.#row(`${name}${arrow}`, (step) => this.#block(step, { layer, reading }));
      }),
      this.#row('Input', (step) => this.#input(step)),
    ];
    this.#steps = rows[0]?.slice(1) as HTMLButtonElement[];
    this.#grid.replaceChildren(...rows.flat());
    this.#grid.style.gridTemplateColumns = `auto repeat(${inputs.length}, minmax(min-content, max-content))`;
  }

  #row(name: string, cell: (step: number) => HTMLElement): HTMLElement[] {
    const { inputs } = this.#model.state.network;
    return [
      element('div', { class: 'strip-name', 'aria-hidden': 'true' }, name),
      ...inputs.map((_, step) => cell(step)),
    ];
  }

  #stepButton(step: number): HTMLElement {
    const button = element(
      'button',
      { type: 'button', class: 'strip-step', tabindex: -1, 'aria-label': `Step ${step + 1}` },
      String(step + 1),
    );
    button.addEventListener('click', () => this.#model.look({ step }));
    this.#updates.push(() => {
      const { place } = this.#model.state;
      const isHere = place.step === step;
      if (isHere === button.hasAttribute('aria-current')) return;
      if (isHere) button.setAttribute('aria-current', 'step');
      else button.removeAttribute('aria-current');
      // One stop of the tab key for all steps; arrow keys go from one to the next.
      button.tabIndex = isHere ? 0 : -1;
    });
    return button;
  }

  #output(step: number): HTMLElement {
    const made = element('div', { class: 'strip-output' });
    this.#updates.push(() => setText(made, shown(this.#model.unrolled().outputs[step] ?? NaN)));
    return made;
  }

  #block(step: number, of: { layer: number; reading: 'forward' | 'backward' }): HTMLElement {
    const { hidden } = this.#model.state.network.shape;
    const isWritten = hidden <= mostWritten;
    const squares = Array.from({ length: hidden }, () => element('span', { class: isWritten ? 'written' : 'tile' }));
    const { inputs } = this.#model.state.network;
    const isLast = of.reading === 'forward' ? step === inputs.length - 1 : step === 0;
    const classes = `block ${of.reading}${isLast ? ' last' : ''}`;
    const block = element('div', { class: classes, role: 'img' }, ...squares);
    block.addEventListener('click', () => this.#model.look({ step, ...of }));
    const tones: string[] = [];
    let said = '';
    this.#updates.push((kind) => {
      const { place } = this.#model.state;
      const values = this.#model.unrolled().layers.find((one) => one.layer === of.layer && one.reading === of.reading)
        ?.steps[step]?.['h'];
      const texts = squares.map((square, unit) => {
        const value = values?.[unit] ?? NaN;
        const { fill, ink } = swatch(value, kind);
        if (tones[unit] !== fill) {
          tones[unit] = fill;
          square.style.backgroundColor = fill;
          square.style.color = ink;
        }
        if (isWritten) setText(square, shown(value));
        return shown(value);
      });
      const isHere = place.step === step && place.layer === of.layer && place.reading === of.reading;
      block.classList.toggle('here', isHere);
      const words = `${capital(`state after step ${step + 1}`)}, layer ${of.layer + 1} ${of.reading}: ${texts.join(', ')}`;
      if (words === said) return;
      said = words;
      block.setAttribute('aria-label', words);
      block.title = words;
    });
    return block;
  }

  #input(step: number): HTMLElement {
    const value = (): number => this.#model.state.network.inputs[step] ?? 0;
    const field = new NumberField(`Input of step ${step + 1}`, value(), (changed) =>
      this.#model.setInput(step, changed),
    );
    this.#updates.push(() => (field.value = value()));
    return element('div', { class: 'strip-input' }, field.element);
  }

  #key(event: KeyboardEvent): void {
    if (!(event.target instanceof HTMLButtonElement)) return;
    const { place, network } = this.#model.state;
    const last = network.inputs.length - 1;
    const step = { ArrowLeft: place.step - 1, ArrowRight: place.step + 1, Home: 0, End: last }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    this.#model.look({ step: Math.max(0, Math.min(last, step)) });
    // The button that is to have the focus is in place already: steps do not change the strip.
    this.#steps[Math.max(0, Math.min(last, step))]?.focus();
  }
}
