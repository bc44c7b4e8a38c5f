import type { Reading } from '../../src/config/vocabulary.ts';
import { cellTitle } from '../../src/config/cells.ts';
import type { Content } from '../shared/controls.ts';
import type { ElementWidth } from '../shared/elementWidth.ts';
import { html, ref } from '../shared/lit.ts';
import type { TemplateResult } from '../shared/lit.ts';
import type { ThemeKind } from '../shared/theme.ts';
import { diagrams } from './diagram/index.ts';
import { shown } from './numbers.ts';
import type { Scene } from './scene.ts';
import { layerTitle, quantities } from './words.ts';

/** Of diagrams: one that is narrower is scrolled to the side. */
export const diagramWidths = { min: 288, max: 860 };

/** The cell at the step that is looked at, with its values. */
export function diagramSection(
  scene: Scene,
  kind: ThemeKind,
  { width, controls }: { width: ElementWidth; controls: Content },
): TemplateResult {
  const { shape, place, steps, inputs, output, hasOutput, of } = scene;
  const title = `${cellTitle(shape.cell)} at step ${place.step + 1} of ${steps}`;
  const drawing = diagrams[shape.cell]({
    width: width.value,
    names: stepNames(place, `x(${place.step + 1})`),
    values: { kind, of, input: inputs, output: hasOutput ? output : undefined },
  });
  return html`<section class="cell-section" aria-labelledby="diagram-title">
    <div class="section-head">
      <h2 id="diagram-title">${layerTitle(title, place, shape)}</h2>
      ${controls}
    </div>
    <div class="diagram-place" ${ref(width.observe)}>${drawing.render(summary(scene))}</div>
  </section>`;
}

/** What the wires of a step are called. @param input what the first layer reads */
export function stepNames(place: { step: number; layer: number; reading: Reading }, input: string) {
  const { step, layer, reading } = place;
  return {
    input: layer === 0 ? input : `from ${layer}`,
    now: String(step + 1),
    before: String(reading === 'forward' ? step : step + 2),
  };
}

/** The diagram in a sentence, for who cannot see it; the table has the same figures. */
function summary({ shape, inputs, output, hasOutput, of }: Scene): string {
  const list = (values: readonly number[]): string => values.map(shown).join(', ');
  return [
    `Input ${list(inputs)}`,
    ...quantities(shape.cell).map(({ source, title }) => `${title} ${list(of(source))}`),
    ...(hasOutput ? [`Output ${shown(output)}`] : []),
  ].join('. ');
}
