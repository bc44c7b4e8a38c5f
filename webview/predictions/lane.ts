import type { LikelyWord, ModelChoice, ModelFacts, Sampling, ScoredToken } from '../../src/protocol/inference.ts';
import { predictionsRequests } from '../../src/protocol/predictions.ts';
import { wordsOf } from '../shared/messenger.ts';
import type { PanelHost } from '../shared/panelHost.ts';
import type { Choice } from './state.ts';
import type { Replacement } from './text.ts';
import { paceOf, scoreDelay } from './scoreDelay.ts';
import { contextStart, maxTokens, readable } from './text.ts';

/** What the models are asked about. */
export interface Asked {
  readonly text: string;
  readonly caret: number;
  readonly sampling: Sampling;
  readonly replacement: Replacement | null;
  /** Bars for the next word. */
  readonly bars: number;
}

/** What a model makes of a text. */
export interface Scored {
  readonly text: string;
  readonly tokens: readonly ScoredToken[];
  /** Of the part that was read. */
  readonly perplexity: number | null;
  /** The text is longer than what is shown. */
  readonly isCut: boolean;
}

/** The likeliest words at a place. */
export interface Next {
  readonly words: readonly LikelyWord[];
  /** Words of what was read that the vocabulary lacks. */
  readonly unknown: readonly string[];
}

export type LaneChange = 'model' | 'next' | 'score';

/** Texts whose scores are remembered: what is undone is there at once. */
const maxRemembered = 4;
/** Letters up to which each token comes with its alternatives; those of longer texts would be megabytes. */
const maxLengthWithAlternatives = 12_000;
const alternatives = 6;

/** One model that is looked at, and what it makes of the text: the newest answer counts. */
export class Lane {
  choice: Choice | null = null;
  facts: ModelFacts | undefined;
  /** Why there is nothing, in words. */
  problem: string | undefined;
  next: Next | undefined;
  /** The bars are of a text that was there before. */
  isNextStale = false;
  scored: Scored | undefined;
  /** What it made of the text before a word was replaced, and what was replaced. */
  before: (Scored & { readonly replacement: Replacement }) | undefined;
  readonly #number: number;
  readonly #host: PanelHost;
  readonly #asked: () => Asked;
  readonly #changed: (change: LaneChange) => void;
  #loading = 0;
  /** What was not answered, where the problem is of that. */
  #failed: 'next' | 'score' | undefined;
  #nextKey = '';
  #scoreKey = '';
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** What the last scores took, in ms a letter. */
  #pace = 0;
  #remembered = new Map<string, Scored>();

  constructor(parts: {
    /** 0 for the first. */
    number: number;
    host: PanelHost;
    asked: () => Asked;
    changed: (change: LaneChange) => void;
  }) {
    this.#number = parts.number;
    this.#host = parts.host;
    this.#asked = parts.asked;
    this.#changed = parts.changed;
  }

  get isLoading(): boolean {
    return this.choice !== null && this.facts === undefined && this.problem === undefined;
  }

  /** The tokens are of a text that was there before. */
  get isScoreStale(): boolean {
    return this.scored !== undefined && this.scored.text !== this.#asked().text;
  }

  /** Its tokens will come: nothing is said of a text before it was read. */
  get isReading(): boolean {
    const { text } = this.#asked();
    return this.facts !== undefined && this.problem === undefined && text.trim() !== '' && this.scored?.text !== text;
  }

  get isBidirectional(): boolean {
    return this.facts?.direction === 'bidirectional';
  }

  /** Looks at another model; null for none. */
  choose(choice: Choice | null): void {
    const isSame = choice?.key === this.choice?.key && choice?.checkpoint === this.choice?.checkpoint;
    this.choice = choice;
    if (isSame) return;
    this.facts = this.problem = undefined;
    this.#forget();
    this.#changed('model');
    if (choice !== null) void this.load();
  }

  /** The run is not there any more. */
  lose(problem: string): void {
    this.#loading++;
    this.facts = undefined;
    this.#forget();
    this.problem = problem;
    this.#changed('model');
  }

  /** Loads the model, or looks whether it has newer weights. */
  async load(): Promise<void> {
    const { choice } = this;
    if (choice === null) return;
    const loading = ++this.#loading;
    try {
      const facts = await this.#host.request(predictionsRequests.open, { model: modelOf(choice) });
      if (loading !== this.#loading) return;
      if (facts.checkpointStep !== this.facts?.checkpointStep) this.#outdate();
      this.facts = facts;
      this.#failed = this.problem = undefined;
      this.#changed('model');
      this.askNext();
      this.askScore();
    } catch (error) {
      if (loading !== this.#loading) return;
      this.facts = undefined;
      this.#forget();
      this.problem = wordsOf(error);
      this.#changed('model');
    }
  }

  /** Asks for the next word at the caret, unless that was asked already. */
  askNext(): void {
    const { choice, facts } = this;
    if (choice === null || facts === undefined) return;
    const { text, caret, sampling, bars } = this.#asked();
    const ask = {
      model: modelOf(choice),
      text: text.slice(contextStart(text, caret), caret),
      // Far behind the caret nothing is felt any more.
      after: this.isBidirectional ? text.slice(caret, caret + maxTokens) : '',
      top: bars,
      sampling,
    };
    const key = JSON.stringify([facts.checkpointStep, ask]);
    if (key === this.#nextKey) return;
    this.#nextKey = key;
    this.isNextStale = true;
    const take = (next: Next | null): void => {
      if (key !== this.#nextKey || next === null) return;
      this.next = next;
      this.isNextStale = false;
      this.#recover('next');
      this.#changed('next');
    };
    this.#host
      .request(predictionsRequests.next, { lane: this.#number, ask })
      .then(({ answer }) => take(answer && { words: answer.next, unknown: answer.unknown }))
      .catch((error: unknown) => {
        if (key === this.#nextKey) this.#fail('next', error);
      });
  }

  /** Asks for the scores of the text when nothing has been typed for a moment. */
  askScoreSoon(): void {
    clearTimeout(this.#timer);
    if (this.facts === undefined) return;
    this.#timer = setTimeout(() => this.askScore(), scoreDelay(this.#pace, this.#asked().text.length));
  }

  /** Asks for the scores of the text, and of the text before a replacement, as far as they are not known. */
  askScore(): void {
    clearTimeout(this.#timer);
    const { choice, facts } = this;
    if (choice === null || facts === undefined) return;
    const { text, replacement } = this.#asked();
    const key = JSON.stringify([facts.checkpointStep, text, replacement?.before ?? null]);
    const known = this.#remembered.get(text);
    const old = replacement === null ? undefined : this.#remembered.get(replacement.before);
    this.before = replacement === null || old === undefined ? undefined : { ...old, replacement };
    if (known !== undefined) {
      this.scored = known;
      this.#changed('score');
    }
    const isComplete = known !== undefined && (replacement === null || old !== undefined);
    if (isComplete || key === this.#scoreKey) return;
    this.#scoreKey = key;
    void this.#score(key, text, replacement?.before);
  }

  async #score(key: string, text: string, before: string | undefined): Promise<void> {
    try {
      // One after the other: a second question of the same lane would end the first.
      for (const one of before === undefined ? [text] : [before, text]) {
        if (this.#remembered.has(one)) continue;
        const scored = await this.#scoreOf(one);
        if (key !== this.#scoreKey || scored === undefined) return;
        this.#remember(scored);
        this.#recover('score');
      }
      this.#scoreKey = '';
      this.askScore();
    } catch (error) {
      if (key === this.#scoreKey) this.#fail('score', error);
    }
  }

  async #scoreOf(text: string): Promise<Scored | undefined> {
    const { choice, facts } = this;
    if (choice === null || facts === undefined) return undefined;
    const began = performance.now();
    const part = readable(text, facts.unit);
    const top = part.length <= maxLengthWithAlternatives ? alternatives : 0;
    const ask = { model: modelOf(choice), text: part, top };
    const { answer } = await this.#host.request(predictionsRequests.score, { lane: this.#number, ask });
    if (answer === null) return undefined;
    this.#pace = paceOf(performance.now() - began, text.length);
    const isCut = part.length < text.length || answer.tokens.length > maxTokens;
    return { text, tokens: answer.tokens.slice(0, maxTokens), perplexity: answer.perplexity, isCut };
  }

  #remember(scored: Scored): void {
    this.#remembered.set(scored.text, scored);
    for (const text of this.#remembered.keys()) {
      if (this.#remembered.size <= maxRemembered) break;
      this.#remembered.delete(text);
    }
  }

  /** The model is there, but did not answer: another text may be answered. */
  #fail(what: 'next' | 'score', error: unknown): void {
    this.problem = wordsOf(error);
    this.#failed = what;
    if (what === 'next') {
      this.#nextKey = '';
      this.next = undefined;
      this.isNextStale = false;
    } else {
      this.#scoreKey = '';
      this.scored = undefined;
    }
    this.#changed('model');
  }

  /** It has answered again. */
  #recover(what: 'next' | 'score'): void {
    if (this.#failed !== what) return;
    this.#failed = this.problem = undefined;
    this.#changed('model');
  }

  /** The weights are others: what is on show stays until the new answers come. */
  #outdate(): void {
    this.#nextKey = this.#scoreKey = '';
    this.#remembered = new Map();
    clearTimeout(this.#timer);
  }

  #forget(): void {
    this.#outdate();
    this.next = this.scored = this.before = undefined;
    this.isNextStale = false;
  }
}

/** As the model server is asked for it. */
export function modelOf({ key, checkpoint }: Choice): ModelChoice {
  return { folder: key, ...(checkpoint === null ? {} : { checkpoint }) };
}
