import { lastLayerSize } from '../config/sizes.ts';
import type { Score, ScoredToken } from '../protocol/inference.ts';
import { likeliest, rankOf } from '../trainedModel/sampling.ts';
import type { States } from '../trainedModel/reader.ts';
import type { LoadedModel } from './loadedModel.ts';
import { asShare, idsOf, tokensOf, wordOf } from './nextWords.ts';
import type { ReadTokenWithId } from './text.ts';

/** Words of a bidirectional model's text whose backward outputs are held at a time. */
const blockWords = 4096;

export interface ScoreOptions {
  signal?: AbortSignal | undefined;
  onProgress?: ((fraction: number) => void) | undefined;
}

/**
 * How probable each token of a text is: after the end of a sentence and the tokens before it; with a bidirectional
 * model between those and the tokens after it, behind which the end of a sentence is read.
 *
 * @throws the reason of `signal` when it aborts
 */
export async function scoreText(
  model: LoadedModel,
  { text, top }: { text: string; top: number },
  options: ScoreOptions = {},
): Promise<Score> {
  const tokens = tokensOf(model, text);
  const end = model.vocabulary.endOfSentenceId;
  const ids = Int32Array.from([end, ...idsOf(tokens), end]);
  const scored: ScoredToken[] = [];
  let nats = 0;
  await scoreIds(model, ids, {
    ...options,
    // A forward model is not fed what nothing follows.
    last: tokens.length,
    onScored: (start, rows) => {
      rows.forEach(({ loss, row }, place) => {
        const token = tokens[start - 1 + place];
        if (!token) return;
        nats += loss;
        scored.push(describe(model, token, { loss, row, top }));
      });
    },
  });
  const perplexity = scored.length === 0 ? null : Math.min(Number.MAX_VALUE, Math.exp(nats / scored.length));
  return { tokens: scored, perplexity };
}

/**
 * Predicts every token of a numbered text but the first, from zero states; with a bidirectional model not the last either.
 *
 * @throws the reason of `signal` when it aborts
 */
export async function scoreIds(
  model: LoadedModel,
  ids: ArrayLike<number>,
  options: ScoreOptions & {
    /** The last place that is predicted; left out for the last one that can be. */
    last?: number;
    /** Told of places in turn: the first of them, then for each the cost of its token in nats and all probabilities. */
    onScored: (start: number, rows: readonly { loss: number; row: Float32Array }[]) => void;
  },
): Promise<void> {
  const { signal, onProgress, onScored } = options;
  const last = options.last ?? ids.length - (model.isBidirectional ? 2 : 1);
  const { layers } = model.model;
  const width = model.vocabulary.size;
  const behind = model.isBidirectional ? await backwardOutputs(model, ids, signal) : undefined;
  // Place p is predicted from what was read up to p − 1, and by a bidirectional model from what follows p.
  const read = Array.from({ length: last }, (_, place) => ids[place] ?? 0);
  for await (const chunk of model.reader.read(read, { signal })) {
    const forward = chunk.series(layers - 1, 'h').slice();
    const outputs = behind ? [forward, await behind(chunk.start + 1, chunk.count)] : [forward];
    const targets = Array.from({ length: chunk.count }, (_, place) => ids[chunk.start + 1 + place] ?? 0);
    const { probabilities, losses } = await model.reader.predict(outputs, targets);
    onScored(
      chunk.start + 1,
      Array.from(losses, (loss, row) => ({ loss, row: probabilities.subarray(row * width, (row + 1) * width) })),
    );
    onProgress?.((chunk.start + chunk.count) / last);
  }
}

/**
 * Reads a text from its end, and keeps the states at the borders of blocks; a block is read again when its outputs are
 * asked for.
 *
 * @returns gives the outputs [count, hidden] of the backward layers for places in rising order, each after the words
 *   behind the place
 */
async function backwardOutputs(
  model: LoadedModel,
  ids: ArrayLike<number>,
  signal: AbortSignal | undefined,
): Promise<(start: number, count: number) => Promise<Float32Array>> {
  const { layers } = model.model;
  const units = lastLayerSize(model.model);
  const backwards = Array.from({ length: ids.length }, (_, place) => ids[ids.length - 1 - place] ?? 0);
  const borders: States[] = [model.reader.zeroStates()];
  const blocks = Math.ceil(backwards.length / blockWords);
  const wordsOf = (block: number): number[] => backwards.slice(block * blockWords, (block + 1) * blockWords);
  for (let block = 0; block + 1 < blocks; block++) {
    let states = borders[block];
    for await (const chunk of model.reader.read(wordsOf(block), { reading: 'backward', states, signal }))
      states = chunk.statesAfter(chunk.count - 1);
    if (states) borders.push(states);
  }
  let held: { block: number; outputs: Float32Array } | undefined;
  const read = async (block: number): Promise<Float32Array> => {
    if (held?.block === block) return held.outputs;
    const words = wordsOf(block);
    const outputs = new Float32Array(words.length * units);
    const states = borders[block];
    for await (const chunk of model.reader.read(words, { reading: 'backward', states, signal }))
      outputs.set(chunk.series(layers - 1, 'h'), chunk.start * units);
    held = { block, outputs };
    return outputs;
  };
  return async (start, count) => {
    const wanted = new Float32Array(count * units);
    for (let row = 0; row < count; row++) {
      // What follows place p ends, read backwards, with place p + 1.
      const place = ids.length - 2 - (start + row);
      const outputs = await read(Math.floor(place / blockWords));
      const from = (place % blockWords) * units;
      wanted.set(outputs.subarray(from, from + units), row * units);
    }
    return wanted;
  };
}

function describe(
  model: LoadedModel,
  { id, ...token }: ReadTokenWithId,
  { loss, row, top }: { loss: number; row: Float32Array; top: number },
): ScoredToken {
  return {
    ...token,
    probability: asShare(Math.exp(-loss)),
    bits: Math.max(0, loss / Math.LN2),
    rank: rankOf(row, id),
    alternatives: likeliest(row, top).map((other) => ({
      word: wordOf(model, other),
      probability: asShare(row[other] ?? 0),
    })),
  };
}
