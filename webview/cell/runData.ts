import type { CellOfRun } from '../../src/protocol/cell.ts';
import type { Reading } from '../../src/model/network.ts';
import { cellOf } from './network.ts';

/** So many units of a run are drawn at once. */
export const unitsOnPage = 8;

export interface RunLayer {
  readonly reading: Reading;
  readonly layer: number;
  readonly units: number;
  readonly reach: readonly (number | null)[];
}

/** The values that a run's network made of a sentence, by name, step and unit. */
export class RunData {
  readonly layers: readonly RunLayer[];
  readonly #values: readonly Float32Array[];
  readonly #orders: (readonly number[])[] = [];

  /** @throws Error where the values are not as many as they are said to be */
  constructor(readonly answer: CellOfRun) {
    this.layers = answer.layers;
    this.#values = answer.layers.map(({ values, names, units }) => {
      const bytes = Uint8Array.from(atob(values), (letter) => letter.charCodeAt(0));
      const expected = names.length * this.steps * units;
      if (bytes.length !== 4 * expected)
        throw new Error(`the run's values are ${bytes.length} bytes, not ${4 * expected}`);
      return new Float32Array(bytes.buffer);
    });
  }

  get steps(): number {
    return this.answer.words.length;
  }

  /** Of some units of a layer (its place in `layers`); `h.last` is h of the step that was read before. */
  of(layer: number, name: string, step: number, units: readonly number[]): number[] {
    const state = /^(.+)\.last$/u.exec(name)?.[1];
    if (state === undefined) return this.#at(layer, name, step, units);
    const before = this.layers[layer]?.reading === 'backward' ? step + 1 : step - 1;
    return before < 0 || before >= this.steps ? units.map(() => 0) : this.#at(layer, state, before, units);
  }

  /** Units by how much their state varies over the steps, the most varying first. */
  maxVarying(layer: number): readonly number[] {
    return (this.#orders[layer] ??= this.#orderOf(layer));
  }

  #orderOf(layer: number): number[] {
    const [state = 'h'] = cellOf(this.answer.cell).states;
    const spread = Array.from({ length: this.layers[layer]?.units ?? 0 }, (_, unit) => {
      const values = Array.from({ length: this.steps }, (_, step) => this.#at(layer, state, step, [unit])[0] ?? 0);
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
      return values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
    });
    return spread.map((_, unit) => unit).sort((a, b) => (spread[b] ?? 0) - (spread[a] ?? 0));
  }

  #at(layer: number, name: string, step: number, units: readonly number[]): number[] {
    const { names = [], units: count = 0 } = this.answer.layers[layer] ?? {};
    const place = names.indexOf(name);
    const start = (place * this.steps + step) * count;
    return units.map((unit) => (place < 0 ? NaN : (this.#values[layer]?.[start + unit] ?? NaN)));
  }
}
