import type { Series } from '../../../protocol/inference.ts';
import { maxTokens } from '../../../protocol/states.ts';
import type { ProbeRead, StatesRead } from '../../../protocol/states.ts';
import { readProbe } from '../../../runs/probes.ts';

/** As many tokens as can be shown, with numbers in place of base64. */
export function shownOf(answer: {
  tokens: StatesRead['tokens'];
  units: readonly number[];
  values: string[];
}): StatesRead {
  const { units } = answer;
  const tokens = answer.tokens.slice(0, maxTokens).map(({ token, readAs, known }) => ({ token, readAs, known }));
  return {
    tokens,
    units,
    values: answer.values.map((values, index) => numbersOf(values).slice(0, tokens.length * (units[index] ?? 0))),
    left: answer.tokens.length - tokens.length,
  };
}

/** A record of the probe, with the numbers of one series. @throws FileError where it cannot be read */
export async function probeOf(folder: string, step: number, wanted: Series | undefined): Promise<ProbeRead> {
  const { tokens, series, values, next, ...place } = await readProbe(folder, step);
  const at = series.findIndex(
    ({ reading, layer, name }) => reading === wanted?.reading && layer === wanted.layer && name === wanted.name,
  );
  const found = values[at];
  return {
    step: place.step,
    epoch: place.epoch,
    tokens,
    series: series.map(({ reading, layer, name }) => ({ reading, layer, name })),
    units: series[at]?.units ?? 0,
    next,
    values: found === undefined ? null : numbersOf(found),
  };
}

/** @param text float32 numbers, little-endian, as base64 */
function numbersOf(text: string): Float32Array<ArrayBuffer> {
  const bytes = Buffer.from(text, 'base64');
  // A copy: what comes from the pool begins at any byte.
  return new Float32Array(Uint8Array.from(bytes).buffer);
}
