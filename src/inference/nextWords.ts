import type { LikelyWord, Sampling } from '../protocol/inference.ts';
import { candidates } from '../trainedModel/sampling.ts';
import type { LoadedModel } from './loadedModel.ts';
import { readText } from './text.ts';
import type { ReadTokenWithId } from './text.ts';

export interface NextWords {
  /** The likeliest first. */
  next: LikelyWord[];
  /** Words of the text that the vocabulary lacks, each once. */
  unknown: string[];
}

/**
 * The likeliest words after a text, which the model reads after the end of a sentence, from zero states. A bidirectional
 * model fills the place between `text` and `after`, behind which it reads the end of a sentence.
 */
export async function nextWords(
  model: LoadedModel,
  { text, after = '', top, sampling }: { text: string; after?: string; top: number; sampling: Sampling },
  signal?: AbortSignal,
): Promise<NextWords> {
  const tokens = tokensOf(model, text);
  const following = model.isBidirectional ? tokensOf(model, after) : [];
  const probabilities = await probabilitiesAfter(model, { before: idsOf(tokens), after: idsOf(following), signal });
  const found = candidates(probabilities, sampling, { banned: bannedOf(model, sampling), most: top });
  return {
    next: found.map(({ id, probability }) => ({ word: wordOf(model, id), probability: asShare(probability) })),
    unknown: [...new Set([...tokens, ...following].filter(({ known }) => !known).map(({ token }) => token))],
  };
}

/**
 * The probabilities of the words at a place, [vocabulary].
 *
 * @param options.before ids of the text before it, without the end of a sentence that is read first
 * @param options.after ids of the text after it; only a bidirectional model reads it
 */
export async function probabilitiesAfter(
  model: LoadedModel,
  options: { before: readonly number[]; after?: readonly number[]; signal?: AbortSignal | undefined },
): Promise<Float32Array> {
  const { before, after = [], signal } = options;
  const end = model.vocabulary.endOfSentenceId;
  const outputs = [model.outputOf(await model.statesAfter([end, ...before], { signal }))];
  if (model.isBidirectional) {
    const backwards = [end, ...after.toReversed()];
    outputs.push(model.outputOf(await model.statesAfter(backwards, { reading: 'backward', signal })));
  }
  return (await model.reader.predict(outputs)).probabilities;
}

export function tokensOf(model: LoadedModel, text: string): ReadTokenWithId[] {
  return readText(text, { vocabulary: model.vocabulary, unit: model.configuration.corpus.unit });
}

export function idsOf(tokens: readonly ReadTokenWithId[]): number[] {
  return tokens.map(({ id }) => id);
}

export function wordOf(model: LoadedModel, id: number): string {
  return model.vocabulary.words[id] ?? '';
}

/** Ids that a sampling never draws. */
export function bannedOf({ vocabulary }: LoadedModel, { banUnknown }: Sampling): number[] {
  return banUnknown && vocabulary.unknownId !== undefined ? [vocabulary.unknownId] : [];
}

/** A float32 probability can be a hair more than 1. */
export function asShare(probability: number): number {
  return Math.min(1, Math.max(0, probability));
}
