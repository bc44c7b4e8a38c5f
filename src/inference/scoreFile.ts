import { loadRunCorpus } from '../trainedModel/runCorpus.ts';
import { rankOf } from '../trainedModel/sampling.ts';
import type { LoadedModel } from './loadedModel.ts';
import { asShare, wordOf } from './nextWords.ts';
import { scoreIds } from './scores.ts';

export interface FileScore {
  tokens: { token: string; probability: number; bits: number; rank: number }[];
  /** Null where the file has no token that can be scored. */
  perplexity: number | null;
}

/**
 * Scores a text file that is written as the run's corpus is, word for word as evaluation does: from zero states, the
 * first token is only read. A bidirectional model reads the whole file from its end, where evaluation looks a few dozen
 * words ahead; its last token is only read too.
 *
 * @throws FileError where the file cannot be used; the reason of `signal` when it aborts
 */
export async function scoreFile(
  model: LoadedModel,
  file: string,
  { signal }: { signal?: AbortSignal | undefined } = {},
): Promise<FileScore> {
  const source = { corpus: { kind: 'file', path: file }, wholeFileAs: 'test', signal } as const;
  const { test: ids } = (await loadRunCorpus(model.folder, model.config, source)).splits;
  const tokens: FileScore['tokens'] = [];
  let nats = 0;
  await scoreIds(model, ids, {
    signal,
    onScored: (start, rows) => {
      rows.forEach(({ loss, row }, place) => {
        const id = ids[start + place] ?? 0;
        nats += loss;
        const token = wordOf(model, id);
        const bits = Math.max(0, loss / Math.LN2);
        tokens.push({ token, probability: asShare(Math.exp(-loss)), bits, rank: rankOf(row, id) });
      });
    },
  });
  const perplexity = tokens.length === 0 ? null : Math.min(Number.MAX_VALUE, Math.exp(nats / tokens.length));
  return { tokens, perplexity };
}
