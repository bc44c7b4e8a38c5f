import { layerSize } from '../config/sizes.ts';
import { cells } from '../model/cells/index.ts';
import { ConfigurationError } from '../util/errors.ts';
import type { ReadToken, Series } from '../protocol/inference.ts';
import type { Reading } from '../model/network.ts';
import type { LoadedModel } from './loadedModel.ts';
import { idsOf, tokensOf } from './nextWords.ts';

/** More numbers than this at once would take the memory of the process, and of whoever asked. */
const maxNumbers = 24_000_000;

export interface TextStates {
  tokens: ReadToken[];
  /** One entry a series, in the order asked for: the units of its layer. */
  units: readonly number[];
  /** One entry a series, too: [token][unit]. */
  values: Float32Array[];
}

/**
 * What a network makes of a text: the forward layers read it after the end of a sentence, the backward ones from its end,
 * behind which they have read the end of a sentence; both from zero states. The states are those after each token.
 *
 * @throws ConfigurationError where the network has no such series or the text is too long; the reason of `signal` when it aborts
 */
export async function statesOfText(
  model: LoadedModel,
  { text, series }: { text: string; series: readonly Series[] },
  options: { signal?: AbortSignal | undefined; onProgress?: ((fraction: number) => void) | undefined } = {},
): Promise<TextStates> {
  requireSeries(model, series);
  const tokens = tokensOf(model, text);
  const units = series.map(({ layer }) => layerSize(model.model, layer));
  const longest = Math.floor(maxNumbers / units.reduce((all, count) => all + count, 0));
  if (tokens.length > longest)
    throw new ConfigurationError(
      `The text has ${tokens.length} tokens; with this network at most ${longest} can be shown at once. Use a shorter text.`,
    );
  const values = units.map((count) => new Float32Array(tokens.length * count));
  const { states } = cells[model.model.cell];
  const readings = [...new Set(series.map(({ reading }) => reading))];
  for (const [index, reading] of readings.entries()) {
    const wanted = series.flatMap((one, place) => (one.reading === reading ? [{ ...one, values: values[place] }] : []));
    await readSeries(model, idsOf(tokens), {
      reading,
      gates: wanted.some(({ name }) => !states.includes(name)),
      signal: options.signal,
      onRow: (token, rowOf) => {
        for (const one of wanted) {
          const row = rowOf(one.layer, one.name);
          one.values?.set(row, token * row.length);
        }
      },
      onProgress: (fraction) => options.onProgress?.((index + fraction) / readings.length),
    });
  }
  return {
    tokens: tokens.map(({ token, readAs, known, start, end }) => ({ token, readAs, known, start, end })),
    units,
    values,
  };
}

async function readSeries(
  model: LoadedModel,
  ids: readonly number[],
  options: {
    reading: Reading;
    gates: boolean;
    signal: AbortSignal | undefined;
    onRow: (token: number, rowOf: (layer: number, name: string) => Float32Array) => void;
    onProgress: (fraction: number) => void;
  },
): Promise<void> {
  const { reading, gates, signal, onRow, onProgress } = options;
  const end = model.vocabulary.endOfSentenceId;
  const read = [end, ...(reading === 'forward' ? ids : ids.toReversed())];
  for await (const chunk of model.reader.read(read, { reading, gates, signal })) {
    for (let place = 0; place < chunk.count; place++) {
      const index = chunk.start + place - 1;
      if (index < 0) continue;
      const token = reading === 'forward' ? index : ids.length - 1 - index;
      onRow(token, (layer, name) => {
        const units = layerSize(model.model, layer);
        return chunk.series(layer, name).subarray(place * units, (place + 1) * units);
      });
    }
    onProgress((chunk.start + chunk.count) / read.length);
  }
}

/** @throws ConfigurationError naming what the network has */
export function requireSeries(model: LoadedModel, series: readonly Series[]): void {
  const { layers, series: names } = model.facts;
  for (const { reading, layer, name } of series) {
    if (layer >= layers)
      throw new ConfigurationError(`The network has ${layers} layers, from 0; there is no layer ${layer}.`);
    if (!names.includes(name))
      throw new ConfigurationError(`A ${model.model.cell} cell has ${names.join(', ')}, but not ${name}.`);
    if (reading === 'backward' && !model.isBidirectional)
      throw new ConfigurationError('The network reads forwards only: it has no backward layers.');
  }
}
