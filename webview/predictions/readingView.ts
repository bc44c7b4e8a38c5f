import type { ScoredToken } from '../../src/protocol/inference.ts';
import { button } from '../shared/controls.ts';
import { guard, html, nothing } from '../shared/lit.ts';
import type { TemplateResult } from '../shared/lit.ts';
import type { ThemeKind } from './colours.ts';
import { fullBits, shadeOfBits } from './colours.ts';
import type { Lane } from './lane.ts';
import type { Scored } from './laneState.ts';
import type { Model } from './model.ts';
import type { PanelState } from './state.ts';
import { Strip } from './strip.ts';
import { asWritten, counterparts, maxTokens } from './text.ts';
import { Tip } from './tip.ts';
import { Tokens } from './tokens.ts';
import type { ShownToken } from './tokens.ts';
import { describeModel, describePerplexity, grouped, totalsOf } from './words.ts';
import type { Totals } from './words.ts';

/** The text as the models read it, each token in the colour of its surprisal, and what is to be said of a chosen one. */
export class ReadingView {
  readonly #model: Model;
  readonly #strip: Strip;
  readonly #tip = new Tip();
  readonly #tokens: readonly Tokens[];
  /** The tokens of each lane, and what they were made of. */
  readonly #shown: { scored?: Scored | undefined; before?: Lane['before']; tokens: readonly ShownToken[] }[] = [];
  /** Where the chosen token begins. */
  #chosen: number | null = null;

  /** @param redraw is called when another token was chosen */
  constructor(model: Model, redraw: () => void) {
    this.#model = model;
    this.#strip = new Strip((span, word) => {
      this.#chosen = model.replace(span, word) ?? this.#chosen;
    });
    this.#tokens = model.lanes.map(
      (_, index) =>
        new Tokens(`token-${index}`, {
          hover: (at, box) => {
            const shown = at === null ? undefined : this.#shown[index]?.tokens[at];
            if (shown === undefined || box === null) this.#tip.hide();
            else this.#tip.show(shown, box);
          },
          choose: (at) => {
            const token = this.#shown[index]?.tokens[at]?.token;
            if (token === undefined) return;
            this.#chosen = token.start;
            this.#tip.hide();
            redraw();
          },
        }),
    );
  }

  render(kind: ThemeKind): TemplateResult {
    const { lanes, shown, state } = this.#model;
    lanes.forEach((lane, index) => this.#takeTokens(lane, index));
    const found = lanes.flatMap(({ choice }, index) => {
      const one = this.#shown[index]?.tokens.find(({ token }) => isAt(token, this.#chosen));
      return one === undefined ? [] : [{ name: shown.length < 2 ? '' : (choice?.name ?? ''), ...one }];
    });
    return html`<section class="reading-section">
      <div class="reading-head">
        <h2>Surprisal of each token</h2>
        ${legend(kind)}
      </div>
      ${this.#change(state)} ${lanes.map((lane, index) => this.#lane(lane, index, kind))}
      ${this.#strip.render(found, state.text)}${this.#tip.element}
    </section>`;
  }

  #takeTokens({ choice, scored, before }: Lane, index: number): void {
    const last = this.#shown[index];
    if (last !== undefined && last.scored === scored && last.before === before && choice !== null) return;
    this.#shown[index] = { scored, before, tokens: choice === null ? [] : shownTokens(scored, before) };
  }

  #lane(lane: Lane, index: number, kind: ThemeKind): TemplateResult | typeof nothing {
    const { choice, facts, problem, scored, before, isReading, isLoading, isScoreStale } = lane;
    if (choice === null) return nothing;
    const described = facts === undefined ? (isLoading ? 'Loading the model…' : '') : describeModel(facts);
    const sumsNotice = this.#model.runOf(choice)?.sumsNotice;
    const shown = this.#shown[index]?.tokens ?? [];
    const chosen = shown.findIndex(({ token }) => isAt(token, this.#chosen));
    const totals = guard([scored, before, isReading], () => describeTotals(lane));
    return html`<div class="lane">
      <h3 class="lane-name" title=${choice.name} ?hidden=${this.#model.shown.length < 2}>${choice.name}</h3>
      <p class="muted facts" ?hidden=${described === ''}>${described}</p>
      ${sumsNotice === undefined ? nothing : html`<p class="sums">${sumsNotice}</p>`}
      ${
        problem === undefined
          ? nothing
          : html`<div class="problem" role="alert">
              <p>${problem}</p>
              ${button('Try Again', { click: () => void lane.load() })}
            </div>`
      }
      ${scored === undefined && !isReading ? nothing : html`<p class="totals">${totals}</p>`}
      ${this.#tokens[index]?.render(shown, kind, chosen < 0 ? null : chosen, isScoreStale)}
      <p class="muted">${describeReach(lane)}</p>
    </div>`;
  }

  /** What a replaced word has changed. */
  #change({ text, replacement }: PanelState): TemplateResult | typeof nothing {
    if (replacement === null) return nothing;
    const { before, start, oldEnd, newEnd } = replacement;
    const quoted = (word: string): string => (word === '' ? 'nothing' : `“${word.trim() === '' ? '⏎' : word}”`);
    const [now, then] = [quoted(text.slice(start, newEnd)), quoted(before.slice(start, oldEnd))];
    return html`<div class="change">
      <span>${now} in place of ${then}. Below the tokens: fewer bits ▲ (more likely) or more bits ▼ than before.</span>
      <div class="labelled">
        ${button('Undo', { click: () => this.#model.undo() })}
        ${button('Keep', { click: () => this.#model.endComparison() })}
      </div>
    </div>`;
  }
}

function legend(kind: ThemeKind): TemplateResult {
  const stops = Array.from({ length: 25 }, (_, index) => shadeOfBits((index * fullBits) / 24, kind).fill);
  const marks = [0, 1, 2, 3].map((quarter) => html`<span>${(quarter * fullBits) / 4}</span>`);
  const rarest = `one in ${grouped(2 ** fullBits)} or rarer`;
  return html`<div
    class="legend"
    role="img"
    aria-label="Colours: from 0 bits, a word that was certain, to ${fullBits} bits and more, ${rarest}"
  >
    <span class="legend-bar" .style=${`background-image: linear-gradient(to right, ${stops.join(', ')})`}></span>
    <span class="legend-marks">${marks}<span>${fullBits}+ bits</span></span>
  </div>`;
}

/** The token that is at a place, or the first after it: what was chosen may have moved a little. */
function isAt({ start, end }: ScoredToken, place: number | null): boolean {
  return place !== null && (end > place || start >= place);
}

function shownTokens(scored: Scored | undefined, before: Lane['before']): ShownToken[] {
  if (scored === undefined) return [];
  const { tokens, text } = scored;
  const old = before === undefined ? [] : counterparts(tokens, before.tokens, before.replacement);
  return tokens.map((token, index) => {
    const endsLine = token.token === '<eos>' && text.slice(token.start, token.end).includes('\n');
    return { token, label: asWritten(token, text), endsLine, before: old[index] };
  });
}

function describeTotals({ isBidirectional, isReading, before, scored }: Lane): string {
  if (scored === undefined || (scored.tokens.length === 0 && isReading)) return 'The text is being read…';
  const now = totalsOf(scored.tokens, scored.perplexity);
  if (now.tokens === 0)
    return scored.text.trim() === '' ? 'There is nothing to read yet.' : 'It contains nothing that the model can read.';
  const then = before === undefined ? undefined : totalsOf(before.tokens, before.perplexity);
  const both = (of: (totals: Totals) => string): string =>
    then === undefined || of(then) === of(now) ? of(now) : `${of(then)} → ${of(now)}`;
  const measure = isBidirectional ? 'pseudo-perplexity' : 'perplexity';
  const parts = [
    `${grouped(now.tokens)} ${now.tokens === 1 ? 'token' : 'tokens'}`,
    ...(now.unknown === 0 ? [] : [`${grouped(now.unknown)} unknown`]),
    `${both(({ bits }) => bits.toFixed(1))} bits`,
    ...(now.perplexity === null
      ? []
      : [`${measure} ${both(({ perplexity }) => (perplexity === null ? '–' : describePerplexity(perplexity)))}`]),
  ];
  return parts.join(' · ');
}

function describeReach({ isBidirectional, scored }: Lane): string {
  if (scored === undefined) return '';
  const notes = [
    ...(isBidirectional && scored.tokens.length > 0
      ? ['Each word is predicted from both sides: these figures cannot be compared with perplexities.']
      : []),
    ...(scored.isCut ? [`The text is longer: its first ${grouped(maxTokens)} tokens are read and shown.`] : []),
  ];
  return notes.join(' ');
}
