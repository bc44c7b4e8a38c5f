import type { Sampling } from '../protocol/inference.ts';

/** A number that was typed; a text says what is wrong with it. */
export function numberOf(
  text: string,
  { least, most, whole = false }: { least: number; most: number; whole?: boolean },
): number | string {
  const number = text.trim() === '' ? NaN : Number(text);
  const isFitting = number >= least && number <= most && (!whole || Number.isInteger(number));
  return isFitting
    ? number
    : `This must be a ${whole ? 'whole ' : ''}number from ${least} to ${most.toLocaleString('en-US')}.`;
}

/** How words are drawn, in a few words: `temperature 0.7, top 40`. */
export function samplingInWords({ temperature, topK, topP }: Sampling): string {
  return [
    `temperature ${temperature}`,
    ...(temperature > 0 && topK > 0 ? [`top ${topK}`] : []),
    ...(temperature > 0 && topP < 1 ? [`nucleus ${topP}`] : []),
  ].join(', ');
}

/** A seed that is easily read out. */
export function randomSeed(random: () => number = Math.random): number {
  return Math.floor(random() * 1_000_000);
}
