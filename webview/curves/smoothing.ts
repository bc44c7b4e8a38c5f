/**
 * An exponential moving average over the records, with the correction for its start (each average is divided by the
 * weights summed so far), so that the first record does not weigh more than its share. It goes on where it was when
 * records are added, and starts again when records were dropped. Values that are not finite are left out and stay gaps.
 */
export class Smoothed {
  readonly weight: number;
  readonly #geometric: boolean;
  #values = new Float32Array(0);
  #done = 0;
  #sum = 0;
  #weights = 0;
  #rewritten = 0;

  /** @param geometric averages logarithms: for values that are exponentials of what is meant */
  constructor(weight: number, geometric: boolean) {
    this.weight = weight;
    this.#geometric = geometric;
  }

  /**
   * The averages of all values so far, a view that is valid until the next call.
   *
   * @param rewritten a count that grows when earlier values were replaced
   */
  of(values: Float64Array, rewritten: number): Float32Array {
    if (rewritten !== this.#rewritten || values.length < this.#done) this.#restart(rewritten);
    if (values.length > this.#values.length) {
      const grown = new Float32Array(Math.max(values.length, this.#done === 0 ? 0 : 2 * this.#values.length));
      grown.set(this.#values.subarray(0, this.#done));
      this.#values = grown;
    }
    for (; this.#done < values.length; this.#done += 1)
      this.#values[this.#done] = this.#next(values[this.#done] as number);
    return this.#values.subarray(0, values.length);
  }

  #next(value: number): number {
    const term = this.#geometric ? Math.log(value) : value;
    if (!Number.isFinite(term)) return NaN;
    this.#sum = this.weight * this.#sum + (1 - this.weight) * term;
    this.#weights = this.weight * this.#weights + (1 - this.weight);
    const average = this.#sum / this.#weights;
    return this.#geometric ? Math.exp(average) : average;
  }

  #restart(rewritten: number): void {
    this.#rewritten = rewritten;
    this.#done = 0;
    this.#sum = 0;
    this.#weights = 0;
  }
}
