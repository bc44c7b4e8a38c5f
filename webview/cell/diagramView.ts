import { element, setText } from '../shared/dom.ts';
import type { ThemeKind } from '../shared/theme.ts';
import { diagrams } from './diagram/cells.ts';
import type { Drawing, Shown } from './diagram/drawing.ts';
import { followWidth } from './followWidth.ts';
import { shown as inWords } from './numbers.ts';
import { cellTitles, layerWords, quantities } from './words.ts';
import type { Scene } from './scene.ts';

/** Narrower than this a diagram is not drawn; it is scrolled to the side. */
const narrowest = 288;
const widest = 860;

/** The cell at the step that is looked at, with its values. */
export class DiagramView {
  readonly element: HTMLElement;
  readonly #title = element('h2', { id: 'diagram-title' });
  readonly #place = element('div', { class: 'diagram-place' });
  #drawing: Drawing | undefined;
  #drawn = '';
  #width = narrowest;

  constructor(resized: () => void, ...controls: HTMLElement[]) {
    const head = element('div', { class: 'section-head' }, this.#title, ...controls);
    this.element = element('section', { class: 'cell-section', 'aria-labelledby': 'diagram-title' }, head, this.#place);
    followWidth(this.#place, (width) => {
      this.#width = Math.max(narrowest, Math.min(widest, width));
      resized();
    });
  }

  update(scene: Scene, kind: ThemeKind): void {
    const { shape, place, steps } = scene;
    const where = layerWords(place, shape);
    setText(
      this.#title,
      `${cellTitles[shape.cell]} at step ${place.step + 1} of ${steps}${where === '' ? '' : `, ${where}`}`,
    );
    const width = this.#width;
    const units = scene.units.length;
    const hasOutput = scene.hasOutput;
    const now = String(place.step + 1);
    const before = String(place.reading === 'forward' ? place.step : place.step + 2);
    const input = place.layer === 0 ? `x(${now})` : `from ${place.layer}`;
    const key = [shape.cell, width, units, hasOutput, input, before].join();
    if (key !== this.#drawn) {
      this.#drawing = diagrams[shape.cell]({ width, units, hasOutput, names: { input, now, before } });
      this.#place.replaceChildren(this.#drawing.element);
      this.#drawn = key;
    }
    const shown: Shown = {
      kind,
      of: (name) => scene.of(name),
      input: scene.inputs,
      output: hasOutput ? scene.output : undefined,
    };
    this.#drawing?.update(shown);
    this.#drawing?.element.setAttribute('aria-label', summary(scene));
  }
}

/** The diagram in a sentence, for who cannot see it; the table has the same figures. */
function summary(scene: Scene): string {
  const list = (values: readonly number[]): string => values.map(inWords).join(', ');
  const parts = quantities(scene.shape.cell).map(({ source, title }) => `${title} ${list(scene.of(source))}`);
  return [
    `Input ${list(scene.inputs)}`,
    ...parts,
    ...(scene.hasOutput ? [`Output ${inWords(scene.output)}`] : []),
  ].join('. ');
}
