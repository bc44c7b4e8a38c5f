import type { Learning } from '../../src/protocol/predictions.ts';
import { guard, html, nothing } from '../shared/lit.ts';
import type { TemplateResult } from '../shared/lit.ts';
import { visible } from '../shared/visible.ts';
import type { ThemeKind } from './colours.ts';
import { shade } from './colours.ts';
import type { Model } from './model.ts';
import { grouped, percent } from './words.ts';

/** So many words are followed through training, and so many texts are shown. */
const maxWords = 8;
const maxTexts = 5;

/** What a run has recorded while it learned: the next words of its probe sentence, and what it wrote after validations. */
export function learningSection(model: Model, kind: ThemeKind): TemplateResult | typeof nothing {
  const { learning, state } = model;
  if (learning === undefined || learning.key !== state.first?.key) return nothing;
  const { probes, samples } = learning;
  if (probes.length === 0 && samples.length === 0) return nothing;
  const isTraining = model.runOf(state.first)?.isTraining === true;
  return html`<section class="learning-section">
    <h2>${isTraining ? 'Learning now' : 'How it learned'}</h2>
    ${guard([learning, kind], () => [
      probes.length === 0 ? nothing : probeTable(learning, kind),
      samples.length === 0 ? nothing : writtenTexts(learning),
    ])}
  </section>`;
}

/** The words that were likeliest at any time, those that are likeliest now first. */
export function followedWords({ probes }: Pick<Learning, 'probes'>, max = maxWords): string[] {
  const now = new Map(probes.at(-1)?.next.map(({ word, probability }) => [word, probability]));
  const best = new Map<string, number>();
  for (const { next } of probes)
    for (const { word, probability } of next) best.set(word, Math.max(probability, best.get(word) ?? 0));
  const strongest = [...best].sort(([, a], [, b]) => b - a).slice(0, max);
  return strongest
    .sort(([a, bestOfA], [b, bestOfB]) => (now.get(b) ?? 0) - (now.get(a) ?? 0) || bestOfB - bestOfA)
    .map(([word]) => word);
}

function probeTable(learning: Learning, kind: ThemeKind): TemplateResult {
  const { probes, tokens } = learning;
  const first = probes[0]?.step ?? 0;
  const last = probes.at(-1)?.step ?? 0;
  return html`<p class="muted">The most likely words after “${tokens.map(visible).join(' ')}”, step by step.</p>
    <div class="heat-scroll" tabindex="0" role="region" aria-label="Next words of the probe sentence during training">
      <table class="heat-table">
        <thead>
          <tr>
            <td></td>
            <th colspan=${probes.length} scope="colgroup" class="heat-steps">
              <div><span>step ${grouped(first)}</span><span>${last === first ? '' : grouped(last)}</span></div>
            </th>
            <th scope="col">now</th>
          </tr>
        </thead>
        <tbody>
          ${followedWords(learning).map((word) => probeRow(word, learning, kind))}
        </tbody>
      </table>
    </div>`;
}

function probeRow(word: string, { probes }: Learning, kind: ThemeKind): TemplateResult {
  const found = probes.map(({ step, next }) => ({ step, ...next.find((one) => one.word === word) }));
  const now = found.at(-1)?.probability;
  const cells = found.map(({ step, probability }) => {
    const told = probability === undefined ? 'not among the most likely words' : percent(probability);
    // The root: small probabilities are most of what is learned.
    const { fill } = shade(Math.sqrt(probability ?? 0), kind);
    return html`<td class="heat" title="Step ${grouped(step)}: ${told}" .style=${`background-color: ${fill}`}></td>`;
  });
  return html`<tr>
    <th scope="row"><bdi>${visible(word)}</bdi></th>
    ${cells}
    <td class="heat-now">${now === undefined ? '' : percent(now)}</td>
  </tr>`;
}

function writtenTexts({ samples }: Learning): TemplateResult {
  return html`<h3>Text written after each validation</h3>
    <dl class="samples">
      ${samples.slice(0, maxTexts).map(
        ({ step, epoch, text }) =>
          html`<dt>Epoch ${grouped(epoch)}, step ${grouped(step)}</dt>
            <dd dir="auto">${text.trim() === '' ? '(nothing)' : text}</dd>`,
      )}
    </dl>`;
}
