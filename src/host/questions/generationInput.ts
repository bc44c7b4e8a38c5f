import type { Unit } from '../../config/vocabulary.ts';
import type { Sampling } from '../../protocol/inference.ts';

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

/** So many words (of a model of characters, characters), in words. */
export function describeCount(count: number, unit: Unit): string {
  return `${count.toLocaleString('en-US')} ${unit}${count === 1 ? '' : 's'}`;
}

/** UTF-16 units of a selection that are taken for a prompt: a whole book is none that a person could look over. */
const longestPrompt = 2000;

/** The end of a selection on one line, from the start of a word. */
export function promptOf(selection: string): string {
  const end = selection.slice(-longestPrompt);
  const isCut = end.length < selection.length && !/\s$/u.test(selection.slice(0, -longestPrompt));
  // One endless word has no better start.
  const whole = isCut ? end.replace(/^\S+(?=\s+\S)/u, '').trimStart() : end;
  return whole.replace(/\s+/gu, ' ');
}

/** How words are drawn, in a few words: `temperature 0.7, top 40`. */
export function describeSampling({ temperature, topK, topP }: Sampling): string {
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
