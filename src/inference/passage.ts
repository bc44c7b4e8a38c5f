import type { SplitName } from '../corpus/corpus.ts';
import { loadRunCorpus } from '../trainedModel/runCorpus.ts';
import { FileError, messageOf } from '../util/errors.ts';
import type { LoadedModel } from './loadedModel.ts';
import { wordOf } from './nextWords.ts';

const corpora = new WeakMap<LoadedModel, ReturnType<typeof loadRunCorpus>>();

/**
 * The text that a model's run was made for, read once for all who ask.
 * @throws FileError where it is gone; the reason of `signal` when it aborts
 */
export async function corpusOf(model: LoadedModel, signal?: AbortSignal): ReturnType<typeof loadRunCorpus> {
  const known = corpora.get(model) ?? loadRunCorpus(model.folder, model.config, {}).catch(withAdvice);
  corpora.set(model, known);
  known.catch(() => corpora.delete(model));
  const corpus = await known;
  signal?.throwIfAborted();
  return corpus;
}

function withAdvice(error: unknown): never {
  if (!(error instanceof FileError)) throw error;
  throw new FileError(
    `The corpus of this run cannot be read: ${messageOf(error)}. Move the corpus back to where it was, or use a text of your own.`,
    { cause: error },
  );
}

/**
 * A piece of the corpus as text that reads back token for token: from the beginning of the sentence that holds the
 * position to the end of one, with `length` tokens or more; of a sentence that is longer than that a part around the
 * position, from a blank on.
 *
 * @param request.position of a token in the split; left out for a place by chance
 * @throws FileError where the corpus is gone or the split is empty
 */
export async function passage(
  model: LoadedModel,
  request: { split: SplitName; position?: number | undefined; length: number },
  signal?: AbortSignal,
): Promise<{ text: string; position: number }> {
  const { length, split } = request;
  const ids = (await corpusOf(model, signal)).splits[split];
  if (ids.length === 0) throw new FileError(`The ${split} text of this run's corpus is empty.`);
  const position = Math.min(
    ids.length - 1,
    request.position ?? Math.floor(Math.random() * Math.max(1, ids.length - length)),
  );
  const isWords = model.configuration.corpus.unit === 'word';
  const blank = isWords ? undefined : model.vocabulary.idOf(' ');
  const end = model.vocabulary.endOfSentenceId;
  let from = position;
  while (from > 0 && ids[from - 1] !== end && position - from < length) from--;
  // Not from the middle of a word.
  if (!isWords && from > 0 && ids[from - 1] !== end)
    while (from < position && ids[from - 1] !== blank && ids[from - 1] !== end) from++;
  const least = Math.min(ids.length, Math.max(from + length, position + 1));
  let to = least;
  while (to < ids.length && ids[to - 1] !== end && to < least + length) to++;
  const words = Array.from(ids.subarray(from, to), (id) => (id === end ? '\n' : wordOf(model, id)));
  const text = isWords ? words.join(' ').replace(/ ?\n ?/g, '\n') : words.join('');
  return { text, position: from };
}
