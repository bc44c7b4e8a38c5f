/** When a text is scored that is being typed. */

/** Between the last letter and the question for the scores, in ms. */
const delays = { min: 120, max: 2000, maxOfShort: 250 } as const;
/** UTF-16 units. What a shorter text takes is not for its letters: each request has a cost of its own. */
const shortText = 500;

/** @param taken for the scores of a text, in ms @returns ms a letter */
export function paceOf(taken: number, letters: number): number {
  return taken / Math.max(shortText, letters);
}

/**
 * The longer the scores take, the longer a pause of the writer has to be.
 *
 * @param pace of the last scores, in ms a letter
 * @returns ms
 */
export function scoreDelay(pace: number, letters: number): number {
  const max = letters < shortText ? delays.maxOfShort : delays.max;
  return Math.min(max, Math.max(delays.min, 2 * pace * letters));
}
