import type { ScoredToken } from '../../src/protocol/inference.ts';
import { element, setCutText, setText } from '../shared/dom.ts';
import { button } from '../shared/toolkit.ts';
import type { ThemeKind } from './colours.ts';
import { fullBits, shadeOfBits } from './colours.ts';
import type { Lane, Scored } from './lane.ts';
import type { Model } from './model.ts';
import { Strip } from './strip.ts';
import { asWritten, counterparts, mostTokens } from './text.ts';
import { Tip } from './tip.ts';
import { Tokens } from './tokens.ts';
import type { ShownToken } from './tokens.ts';
import { grouped, modelInWords, perplexityInWords, totalsOf } from './words.ts';
import type { Totals } from './words.ts';

interface LaneParts {
  readonly place: HTMLElement;
  readonly title: HTMLElement;
  readonly facts: HTMLElement;
  readonly sums: HTMLElement;
  readonly problem: HTMLElement;
  readonly totals: HTMLElement;
  readonly note: HTMLElement;
  readonly tokens: Tokens;
}

/** The text as the models read it, each token in the colour of its surprisal, and what is to be said of a chosen one. */
export class ReadingView {
  readonly element: HTMLElement;
  readonly #model: Model;
  readonly #legend = element('div', { class: 'legend', role: 'img' });
  readonly #change = element('div', { class: 'change', hidden: true });
  readonly #changeWords = element('span');
  readonly #lanes: readonly LaneParts[];
  readonly #strip: Strip;
  readonly #tip = new Tip();
  readonly #redraw: () => void;
  /** Where the chosen token begins. */
  #chosen: number | null = null;
  readonly #drawn: ShownToken[][] = [[], []];
  /** What each was drawn of. */
  readonly #drawnOf: (readonly unknown[] | undefined)[] = [];
  #kind: ThemeKind = 'dark';
  #legendOf = '';

  /** @param redraw is called when another token was chosen */
  constructor(model: Model, redraw: () => void) {
    this.#model = model;
    this.#redraw = redraw;
    this.#strip = new Strip((span, word) => {
      this.#chosen = model.replace(span, word) ?? this.#chosen;
    });
    this.#lanes = model.lanes.map((lane, index) => this.#makeLane(lane, index));
    this.#change.append(
      this.#changeWords,
      element(
        'div',
        { class: 'labelled' },
        button('Undo', () => model.undo()),
        button('Keep', () => model.endComparison()),
      ),
    );
    this.element = element(
      'section',
      { class: 'reading-section' },
      element('div', { class: 'reading-head' }, element('h2', {}, 'Surprisal of each token'), this.#legend),
      this.#change,
      ...this.#lanes.map(({ place }) => place),
      this.#strip.element,
      this.#tip.element,
    );
  }

  update(kind: ThemeKind): void {
    this.#kind = kind;
    this.#drawLegend();
    this.#showChange();
    this.#model.lanes.forEach((lane, index) => this.#drawLane(lane, index));
    this.#showStrip();
  }

  #makeLane(lane: Lane, index: number): LaneParts {
    const tokens = new Tokens(`token-${index}`, {
      hover: (at, box) => {
        const shown = at === null ? undefined : this.#drawn[index]?.[at];
        if (shown === undefined || box === null) this.#tip.hide();
        else this.#tip.show(shown, box);
      },
      choose: (at) => {
        const token = this.#drawn[index]?.[at]?.token;
        if (token === undefined) return;
        this.#chosen = token.start;
        this.#tip.hide();
        this.#redraw();
      },
    });
    const title = element('h3', { class: 'lane-name' });
    const facts = element('p', { class: 'muted facts' });
    const sums = element('p', { class: 'sums', hidden: true });
    const problem = element('div', { class: 'problem', role: 'alert', hidden: true });
    const totals = element('p', { class: 'totals' });
    const note = element('p', { class: 'muted' });
    problem.append(
      element('p'),
      button('Try Again', () => void lane.load()),
    );
    const place = element('div', { class: 'lane' }, title, facts, sums, problem, totals, tokens.element, note);
    return { place, title, facts, sums, problem, totals, note, tokens };
  }

  #drawLane(lane: Lane, index: number): void {
    const parts = this.#lanes[index];
    if (parts === undefined) return;
    parts.place.hidden = lane.choice === null;
    if (lane.choice === null) {
      this.#drawn[index] = [];
      return;
    }
    parts.title.hidden = this.#model.shown.length < 2;
    setCutText(parts.title, lane.choice.name);
    setText(
      parts.facts,
      lane.facts === undefined ? (lane.isLoading ? 'Loading the model…' : '') : modelInWords(lane.facts),
    );
    parts.facts.hidden = parts.facts.textContent === '';
    const notice = this.#model.runs?.find(({ key }) => key === lane.choice?.key)?.sumsNotice;
    setText(parts.sums, notice ?? '');
    parts.sums.hidden = notice === undefined;
    parts.problem.hidden = lane.problem === undefined;
    const words = parts.problem.firstElementChild;
    if (words !== null) setText(words, lane.problem ?? '');
    const { scored } = lane;
    parts.totals.hidden = scored === undefined && !lane.isReading;
    if (scored === undefined) {
      parts.tokens.element.hidden = true;
      setText(parts.totals, lane.isReading ? beingRead : '');
      this.#drawn[index] = [];
      this.#drawnOf[index] = undefined;
      setText(parts.note, '');
      return;
    }
    // Of a long text that is much: only where something else is to be seen.
    const isAwaited = scored.tokens.length === 0 && lane.isReading;
    const of = [scored, lane.before, this.#kind, this.#chosen, isAwaited];
    parts.tokens.element.classList.toggle('stale', lane.isScoreStale);
    parts.tokens.element.setAttribute('aria-busy', String(lane.isScoreStale));
    if (this.#drawnOf[index]?.every((one, at) => one === of[at]) === true) return;
    this.#drawnOf[index] = of;
    const shown = shownTokens(lane);
    this.#drawn[index] = shown;
    setText(parts.totals, totalsInWords(lane, scored));
    const chosen = shown.findIndex(({ token }) => isAt(token, this.#chosen));
    parts.tokens.update(shown, this.#kind, chosen < 0 ? null : chosen);
    parts.tokens.element.hidden = shown.length === 0;
    setText(parts.note, noteOf(lane, scored));
  }

  #showStrip(): void {
    const { shown } = this.#model;
    const found = this.#model.lanes.flatMap((lane, index) => {
      const one = this.#drawn[index]?.find(({ token }) => isAt(token, this.#chosen));
      return one === undefined ? [] : [{ name: shown.length < 2 ? '' : (lane.choice?.name ?? ''), ...one }];
    });
    this.#strip.update(found, this.#model.state.text);
  }

  #showChange(): void {
    const { text, replacement } = this.#model.state;
    this.#change.hidden = replacement === null;
    if (replacement === null) return;
    const { before, start, oldEnd, newEnd } = replacement;
    const quoted = (word: string): string => (word === '' ? 'nothing' : `“${word.trim() === '' ? '⏎' : word}”`);
    setText(
      this.#changeWords,
      `${quoted(text.slice(start, newEnd))} in place of ${quoted(before.slice(start, oldEnd))}. Below the tokens: bits less ▲ (likelier) or more ▼ than before.`,
    );
  }

  #drawLegend(): void {
    const kind = this.#kind;
    if (this.#legendOf === kind) return;
    this.#legendOf = kind;
    const marks = Array.from({ length: 5 }, (_, index) => (index * fullBits) / 4);
    const bar = element('span', { class: 'legend-bar' });
    const stops = Array.from({ length: 25 }, (_, index) => shadeOfBits((index * fullBits) / 24, kind).fill);
    bar.style.backgroundImage = `linear-gradient(to right, ${stops.join(', ')})`;
    const labels = marks.map((bits, index) =>
      element('span', {}, index === marks.length - 1 ? `${bits}+ bits` : String(bits)),
    );
    this.#legend.replaceChildren(bar, element('span', { class: 'legend-marks' }, ...labels));
    this.#legend.setAttribute(
      'aria-label',
      `Colours: from 0 bits, a word that was certain, to ${fullBits} bits and more, one in ${grouped(2 ** fullBits)} or rarer`,
    );
  }
}

/** The token that is at a place, or the first after it: what was chosen may have moved a little. */
function isAt({ start, end }: ScoredToken, place: number | null): boolean {
  return place !== null && (end > place || start >= place);
}

function shownTokens({ scored, before }: Lane): ShownToken[] {
  if (scored === undefined) return [];
  const { tokens, text } = scored;
  const old = before === undefined ? [] : counterparts(tokens, before.tokens, before.replacement);
  return tokens.map((token, index) => {
    const endsLine = token.token === '<eos>' && text.slice(token.start, token.end).includes('\n');
    return { token, label: asWritten(token, text), endsLine, before: old[index] };
  });
}

const beingRead = 'The text is being read…';

function totalsInWords({ isBidirectional, isReading, before }: Lane, scored: Scored): string {
  const now = totalsOf(scored.tokens, scored.perplexity);
  if (now.tokens === 0)
    return isReading
      ? beingRead
      : scored.text.trim() === ''
        ? 'There is nothing to read yet.'
        : 'There is nothing in it that the model reads.';
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
      : [`${measure} ${both(({ perplexity }) => (perplexity === null ? '–' : perplexityInWords(perplexity)))}`]),
  ];
  return parts.join(' · ');
}

function noteOf({ isBidirectional }: Lane, { isCut, tokens }: Scored): string {
  const notes = [
    ...(isBidirectional && tokens.length > 0
      ? ['Each word is predicted from both sides: the figures cannot be compared with perplexities.']
      : []),
    ...(isCut ? [`The text is longer: its first ${grouped(mostTokens)} tokens are read and shown.`] : []),
  ];
  return notes.join(' ');
}
