import * as z from 'zod';

import { twoDigits } from '../util/figures.ts';

/** How many steps the mean is over: the weight of a cost in it falls to 1/e in so many. */
const meanSteps = 100;
/** A mean that is so many times worse than an even guess among all words, as perplexities, is hopeless. */
const hopelessFactor = 100;
/** The cost of a step counts in the mean as at most so many times an even guess: no few steps decide. */
const mostFactor = hopelessFactor ** 2;
/** A step or a mean that is so many times worse than the lowest mean of the run, as perplexities, is in doubt. */
const doubtFactor = Math.E;

/** What a checkpoint keeps of the costs, in nats a word. */
export const watchedCostsSchema = z.object({
  mean: z.number(),
  lowestMean: z.number(),
  /** The first of the last steps that all were in doubt; null where the last one was not. */
  doubtfulSince: z.int().nullable(),
});
export type WatchedCosts = z.output<typeof watchedCostsSchema>;

/**
 * Judges a run by the costs of its own steps, whatever came before in the epoch: whether it is in doubt, and whether it is
 * hopeless.
 *
 * The mean m of the costs c is exponential, over 100 steps: m ← m + (min(c, ln V + 2·ln 100) − m) / 100. It begins at ln V,
 * the cost of an even guess among the V words of the vocabulary, which is what an untrained model costs.
 *
 * - Hopeless is m > ln V + ln 100: a perplexity of 1,000,000 where V is 10,000. It takes at least 69 steps of any height. Such a
 *   model has nothing to lose: one that was never trained would be a hundred times better to go on from.
 * - In doubt is a step whose cost, or the mean after it, is more than one nat above the lowest mean so far. A checkpoint
 *   from such a time may be of a model that is lost already, and does not replace the one from before (Recorder).
 *
 * What was seen with the Penn Treebank (ln V = 9.21) and the built-in corpus (ln V = 6.50):
 *
 * - Of the first steps of the presets the dearest are the 6th of `demo`, 1.83 nats above ln V, the 3rd of `medium`, 1.20,
 *   and the 5th of `small`, 0.48; none of `document` and `quick` is above. Adam at a learning rate of 0.1 has its 6th step 3.7
 *   above and comes below by its 10th. m was never more than 0.2 above.
 * - `small` without clipping and with a learning rate that rises by 0.0072 a step costs 6.5 nats until its 554th step, is in
 *   doubt from the 564th on, at 20 nats at the 573rd, and between 50 and 85 from the 579th on. It is hopeless at the 658th.
 *   If the rate rises six times as fast, that is the 15th step and the 85th.
 */
export class CostWatch {
  private state: WatchedCosts;
  /** Of an even guess. */
  private readonly evenCost: number;

  constructor(vocabularySize: number) {
    this.evenCost = Math.log(vocabularySize);
    this.state = { mean: this.evenCost, lowestMean: this.evenCost, doubtfulSince: null };
  }

  /** What a checkpoint is to keep, so that a resumed run is judged as one that was not interrupted. */
  get saved(): WatchedCosts {
    return { ...this.state };
  }

  restore(saved: WatchedCosts): void {
    this.state = { ...saved };
  }

  /** Takes in the cost of a step, in nats a word. @param step from 1, over all epochs */
  add(step: number, cost: number): void {
    const { evenCost, state } = this;
    state.mean += (Math.min(cost, evenCost + Math.log(mostFactor)) - state.mean) / meanSteps;
    state.lowestMean = Math.min(state.lowestMean, state.mean);
    if (Math.max(cost, state.mean) <= state.lowestMean + Math.log(doubtFactor)) state.doubtfulSince = null;
    else state.doubtfulSince ??= step;
  }

  /** The first of the last steps that all were in doubt; null where the last one was not. */
  get doubtfulSince(): number | null {
    return this.state.doubtfulSince;
  }

  /** Why the run will come to nothing, as the end of a sentence; undefined while it may. */
  get hopeless(): string | undefined {
    const { evenCost, state } = this;
    if (state.mean <= evenCost + Math.log(hopelessFactor)) return undefined;
    const perplexity = twoDigits(Math.exp(state.mean));
    return `the mean of the last ${meanSteps} steps is a perplexity of ${perplexity}, over ${hopelessFactor} times that of an even guess`;
  }
}
