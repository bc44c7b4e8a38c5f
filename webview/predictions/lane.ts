import type { ModelChoice, ModelFacts, Sampling } from '../../src/protocol/inference.ts';
import { predictionsRequests } from '../../src/protocol/predictions.ts';
import type { PanelHost } from '../shared/panelHost.ts';
import { wordsOf } from '../shared/panelHost.ts';
import type { Failure, LaneState, Loaded, Next, Scored } from './laneState.ts';
import { answerOf, loadedOf, problemOf, remember } from './laneState.ts';
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

export type LaneChange = 'model' | 'next' | 'score';

/** Letters up to which each token comes with its alternatives; those of longer texts would be megabytes. */
const maxLengthWithAlternatives = 12_000;
const alternatives = 6;

/** One model that is looked at, and what it makes of the text: the newest answer counts. */
export class Lane {
  readonly #number: number;
  readonly #host: PanelHost;
  readonly #asked: () => Asked;
  readonly #changed: (change: LaneChange) => void;
  #state: LaneState = { kind: 'none' };
  /** Counts what ends the loading that is under way. */
  #loading = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** What the last scores took, in ms a letter. */
  #pace = 0;

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

  get choice(): Choice | null {
    return this.#state.kind === 'none' ? null : this.#state.choice;
  }

  get isLoading(): boolean {
    return this.#state.kind === 'loading';
  }

  get facts(): ModelFacts | undefined {
    return this.#loaded?.facts;
  }

  /** Why there is nothing, in words. */
  get problem(): string | undefined {
    const state = this.#state;
    switch (state.kind) {
      case 'none':
      case 'loading':
        return undefined;
      case 'unavailable':
        return state.problem;
      case 'loaded':
        return problemOf(state.score) ?? problemOf(state.next);
    }
  }

  get next(): Next | undefined {
    return answerOf(this.#loaded?.next);
  }

  /** The bars are of a text that was there before. */
  get isNextStale(): boolean {
    const asked = this.#loaded?.nextKey;
    return asked !== undefined && answerOf(this.#loaded?.next)?.key !== asked;
  }

  get scored(): Scored | undefined {
    return answerOf(this.#loaded?.score);
  }

  get before(): Loaded['before'] {
    return this.#loaded?.before;
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

  get #loaded(): Loaded | undefined {
    return this.#state.kind === 'loaded' ? this.#state : undefined;
  }

  /** Looks at another model; null for none. */
  choose(choice: Choice | null): void {
    const old = this.#state;
    if (choice === null) {
      if (old.kind !== 'none') this.#enter({ kind: 'none' });
    } else if (old.kind !== 'none' && choice.key === old.choice.key && choice.checkpoint === old.choice.checkpoint) {
      // Its run may have another name.
      old.choice = choice;
    } else {
      this.#enter({ kind: 'loading', choice });
      void this.load();
    }
  }

  /** The run is not there any more. */
  lose(problem: string): void {
    if (this.#state.kind !== 'none') this.#enter({ kind: 'unavailable', choice: this.#state.choice, problem });
  }

  /** Loads the model, or looks whether it has newer weights. */
  async load(): Promise<void> {
    const old = this.#state;
    if (old.kind === 'none') return;
    const loading = ++this.#loading;
    const opened = await this.#host
      .request(predictionsRequests.open, { model: modelOf(old.choice) })
      .catch((error: unknown): Failure => ({ problem: wordsOf(error) }));
    if (loading !== this.#loading) return;
    if ('problem' in opened) return this.lose(opened.problem);
    this.#enter(loadedOf(old, opened));
    this.askNext();
    this.askScore();
  }

  #enter(state: LaneState): void {
    this.#loading++;
    clearTimeout(this.#timer);
    this.#state = state;
    this.#changed('model');
  }

  /** Asks for the next word at the caret, unless that was asked already. */
  askNext(): void {
    const state = this.#state;
    if (state.kind !== 'loaded') return;
    const { text, caret, sampling, bars } = this.#asked();
    const ask = {
      model: modelOf(state.choice),
      text: text.slice(contextStart(text, caret), caret),
      // Far behind the caret nothing is felt any more.
      after: this.isBidirectional ? text.slice(caret, caret + maxTokens) : '',
      top: bars,
      sampling,
    };
    const key = JSON.stringify([state.facts.checkpointStep, ask]);
    if (key === state.nextKey) return;
    state.nextKey = key;
    const isWanted = (): boolean => this.#state === state && state.nextKey === key;
    this.#host
      .request(predictionsRequests.next, { lane: this.#number, ask })
      .then(({ answer }) => {
        if (!isWanted() || answer === null) return;
        const hadFailed = problemOf(state.next) !== undefined;
        state.next = { key, words: answer.next, unknown: answer.unknown };
        this.#changed(hadFailed ? 'model' : 'next');
      })
      .catch((error: unknown) => {
        if (!isWanted()) return;
        state.nextKey = undefined;
        state.next = { problem: wordsOf(error) };
        this.#changed('model');
      });
  }

  /** Asks for the scores of the text when nothing has been typed for a moment. */
  askScoreSoon(): void {
    clearTimeout(this.#timer);
    if (this.#state.kind !== 'loaded') return;
    this.#timer = setTimeout(() => this.askScore(), scoreDelay(this.#pace, this.#asked().text.length));
  }

  /** Asks for the scores of the text, and of the text before a replacement, as far as they are not known. */
  askScore(): void {
    clearTimeout(this.#timer);
    const state = this.#state;
    if (state.kind !== 'loaded') return;
    const { text, replacement } = this.#asked();
    const known = state.remembered.get(text);
    const old = replacement === null ? undefined : state.remembered.get(replacement.before);
    state.before = replacement === null || old === undefined ? undefined : { ...old, replacement };
    if (known !== undefined) {
      state.score = known;
      this.#changed('score');
    }
    const isComplete = known !== undefined && (replacement === null || old !== undefined);
    const key = JSON.stringify([text, replacement?.before ?? null]);
    if (isComplete || key === state.scoreKey) return;
    state.scoreKey = key;
    void this.#score(state, text, replacement?.before);
  }

  /** The marks of what a replacement changed go. */
  endComparison(): void {
    if (this.#state.kind === 'loaded') this.#state.before = undefined;
  }

  async #score(state: Loaded, text: string, before: string | undefined): Promise<void> {
    const key = state.scoreKey;
    const isWanted = (): boolean => this.#state === state && state.scoreKey === key;
    try {
      // One after the other: a second question of the same lane would end the first.
      for (const one of before === undefined ? [text] : [before, text]) {
        if (state.remembered.has(one)) continue;
        const scored = await this.#scoreOf(state, one);
        if (scored === undefined || !isWanted()) return;
        remember(state.remembered, scored);
      }
      state.scoreKey = undefined;
      this.askScore();
    } catch (error) {
      if (!isWanted()) return;
      state.scoreKey = undefined;
      // Of a text that is not there any more nothing is to be said.
      if (text !== this.#asked().text) return;
      state.score = { problem: wordsOf(error) };
      this.#changed('model');
    }
  }

  async #scoreOf({ choice, facts }: Loaded, text: string): Promise<Scored | undefined> {
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
}

/** As the model server is asked for it. */
export function modelOf({ key, checkpoint }: Choice): ModelChoice {
  return { folder: key, ...(checkpoint === null ? {} : { checkpoint }) };
}
