import type { LikelyWord, ModelFacts, ScoredToken } from '../../src/protocol/inference.ts';
import type { Choice } from './state.ts';
import type { Replacement } from './text.ts';

/** Texts whose scores are remembered: what is undone is there at once. */
const maxRemembered = 4;

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

/** Why there is no answer, in words. */
export interface Failure {
  readonly problem: string;
}

/** The model that is looked at. What it makes of the text is there only with the model. */
export type LaneState =
  | { readonly kind: 'none' }
  | { readonly kind: 'loading'; choice: Choice }
  /** It cannot be loaded, or its run is gone. */
  | ({ readonly kind: 'unavailable'; choice: Choice } & Failure)
  | Loaded;

/** A model that is asked. What is on show stays until the next answer comes. Answers come only to the one that was asked. */
export interface Loaded {
  readonly kind: 'loaded';
  choice: Choice;
  facts: ModelFacts;
  /** The last question for the next word; undefined where that is to be asked again. */
  nextKey: string | undefined;
  next: (Next & { readonly key: string }) | Failure | undefined;
  /** The question for scores that is not answered yet. */
  scoreKey: string | undefined;
  score: Scored | Failure | undefined;
  /** What it made of the text before a word was replaced, and what was replaced. */
  before: (Scored & { readonly replacement: Replacement }) | undefined;
  /** By their texts. */
  readonly remembered: Map<string, Scored>;
}

/**
 * The model as it is now that it was loaded. What was on show stays; of the same weights what is asked goes on, others are
 * asked anew.
 */
export function loadedOf(old: Exclude<LaneState, { kind: 'none' }>, facts: ModelFacts): Loaded {
  const shown = old.kind === 'loaded' ? old : undefined;
  const rest = { facts, next: answerOf(shown?.next), score: answerOf(shown?.score) };
  if (shown?.facts.checkpointStep === facts.checkpointStep) return Object.assign(shown, rest);
  const asked = { nextKey: undefined, scoreKey: undefined, remembered: new Map<string, Scored>() };
  return { kind: 'loaded', choice: old.choice, before: shown?.before, ...rest, ...asked };
}

/** Texts that were scored longest ago are forgotten. */
export function remember(remembered: Map<string, Scored>, scored: Scored): void {
  remembered.set(scored.text, scored);
  for (const text of remembered.keys()) {
    if (remembered.size <= maxRemembered) break;
    remembered.delete(text);
  }
}

/** What is to be shown of an answer; nothing where there was none. */
export function answerOf<Answer extends object>(outcome: Answer | Failure | undefined): Answer | undefined {
  return outcome === undefined || 'problem' in outcome ? undefined : outcome;
}

/** Why there was none. */
export function problemOf(outcome: object | Failure | undefined): string | undefined {
  return outcome !== undefined && 'problem' in outcome ? outcome.problem : undefined;
}
