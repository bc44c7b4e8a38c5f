import type { Followers } from '../../src/protocol/states.ts';
import { html } from '../shared/lit.ts';
import type { TemplateResult } from '../shared/lit.ts';
import type { Model } from './model.ts';
import { resultOf, workLine } from './workLine.ts';
import { count, featureWords, hundredths } from './words.ts';

/** Which units follow what best; a click looks at one. */
export function followersSection(model: Model): TemplateResult {
  const { followers } = model.corpus;
  return html`<section class="aside-section" aria-label="Units that respond to a feature">
    <h2>Units that respond to a feature</h2>
    ${workLine(followers, {
      words: 'Analyse All Units',
      start: () => model.findFollowers(),
      isPossible: model.first.reading !== undefined,
    })}
    <div>${resultOf(followers.resultOf(model.subject), (result) => followersTable(model, result))}</div>
  </section>`;
}

function followersTable(model: Model, { features, scanned }: Followers): TemplateResult {
  const rows = features
    .filter(({ units }) => units.length > 0)
    .map(
      ({ feature, units }) =>
        html`<tr>
          <th scope="row">${featureWords(feature)}</th>
          <td>${units.map((follower) => unitButton(model, follower))}</td>
        </tr>`,
    );
  return html`<p class="muted">Correlation over ${count(scanned.tokens, 'token')}.</p>
    <table class="followers">
      <tbody>
        ${rows}
      </tbody>
    </table>`;
}

function unitButton(model: Model, follower: Followers['features'][number]['units'][number]): TemplateResult {
  const { unit } = follower;
  const correlation = hundredths(follower.correlation);
  const look = (): void => {
    if (model.state.pins.includes(unit)) model.look(unit);
    else model.pick(unit);
  };
  // The name has what is seen in one piece, for those who say what they click.
  return html`<button
    type="button"
    class="chip"
    aria-label=${`Unit ${unit + 1}, ${correlation} correlation`}
    @click=${look}
  >
    ${unit + 1} <span class="muted">${correlation}</span>
  </button>`;
}
