import type { SplitName } from '../corpus/corpus.ts';
import { endOfSentence } from '../corpus/vocabulary.ts';
import { loadRunCorpus } from '../trained/runCorpus.ts';
import { FileError, messageOf } from '../util/errors.ts';
import type { LoadedModel } from './loadedModel.ts';
import { wordOf } from './nextWords.ts';

const corpora = new WeakMap<LoadedModel, ReturnType<typeof loadRunCorpus>>();

/** The text that a model's run was made for, read once. @throws FileError where it is gone */
export async function corpusOf(model: LoadedModel, signal?: AbortSignal): ReturnType<typeof loadRunCorpus> {
  const known = corpora.get(model) ?? loadRunCorpus(model.folder, model.config, { signal }).catch(withAdvice);
  corpora.set(model, known);
  known.catch(() => corpora.delete(model));
  return known;
}

function withAdvice(error: unknown): never {
  if (!(error instanceof FileError)) throw error;
  throw new FileError(
    `The corpus of this run cannot be read: ${messageOf(error)}. Put the text back where it was, or look at a text of your own.`,
    { cause: error },
  );
}

/**
 * A piece of the corpus as text that reads back token for token: whole sentences, one a line, from the beginning of the
 * one that holds the position until there are `length` tokens or more.
 *
 * @param request.position of a token in the split; left out for a place by chance
 * @throws FileError where the corpus is gone
 */
export async function passage(
  model: LoadedModel,
  request: { split: SplitName; position?: number | undefined; length: number },
  signal?: AbortSignal,
): Promise<{ text: string; position: number }> {
  const { length, split } = request;
  const ids = (await corpusOf(model, signal)).splits[split];
  const end = model.vocabulary.endOfSentenceId;
  let from = Math.min(ids.length - 1, request.position ?? Math.floor(Math.random() * Math.max(1, ids.length - length)));
  while (from > 0 && ids[from - 1] !== end) from--;
  let to = Math.min(ids.length, from + length);
  while (to < ids.length && ids[to - 1] !== end && to < from + 2 * length) to++;
  const words = Array.from(ids.subarray(from, to), (id) => wordOf(model, id));
  const between = model.configuration.corpus.unit === 'word' ? ' ' : '';
  const lines = words.map((word) => (word === endOfSentence ? '\n' : word)).join(between);
  return { text: lines.replace(/ ?\n ?/g, '\n'), position: from };
}
