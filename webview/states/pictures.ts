import { difference, largestIn } from './grid.ts';
import type { Grid } from './grid.ts';
import { Ordering } from './ordering.ts';
import { scaleFor } from './scale.ts';
import type { Scale } from './scale.ts';
import type { Reading, Side } from './side.ts';
import type { PanelState, SideName } from './state.ts';

/** What a heatmap shows. */
export interface Shown {
  readonly reading: Reading;
  readonly grid: Grid;
  readonly scale: Scale;
  /** The unit of each row. */
  readonly rows: readonly number[];
}

/** What the two heatmaps show of what was read: values or their difference, by which scale, in which order. */
export class Pictures {
  readonly #first: Side;
  readonly #second: Side;
  readonly #ordering: readonly [Ordering, Ordering];
  /** The difference is drawn in every frame, and computed once. */
  #subtracted: { readonly first: Grid; readonly second: Grid; readonly grid: Grid | undefined } | undefined;

  /** @param changed told when a better order has been worked out */
  constructor(first: Side, second: Side, changed: () => void) {
    this.#first = first;
    this.#second = second;
    this.#ordering = [new Ordering(changed), new Ordering(changed)];
  }

  get isOrdering(): boolean {
    return this.#ordering.some(({ isBusy }) => isBusy);
  }

  /** Orders what was read as the state wants it. */
  order(state: PanelState): void {
    const [own, others] = this.#ordering;
    const [first, second] = [this.#first.reading, this.#second.reading];
    if (first !== undefined) own.update(first.grid, first.like, state);
    if (second !== undefined && second.grid.units !== first?.grid.units) others.update(second.grid, second.like, state);
  }

  /** What a side shows: the difference on the second, where that is wanted and possible. */
  shown(side: SideName, isDifferenceWanted: boolean): Shown | undefined {
    const [own, others] = [this.#first.reading, this.#second.reading];
    const reading = side === 'first' ? own : others;
    if (reading === undefined) return undefined;
    const rows = this.#rows(side, reading);
    const { name } = reading.series;
    if (side === 'second' && isDifferenceWanted && own !== undefined && others !== undefined) {
      const grid = this.#difference(own.grid, others.grid);
      if (grid !== undefined) return { reading, grid, rows, scale: scaleFor(name, largestIn(grid), true) };
    }
    // Two of the same kind are compared by one scale.
    const both = [own, others].filter((one) => one?.series.name === name);
    const largest = Math.max(0, ...both.map((one) => (one === undefined ? 0 : largestIn(one.grid))));
    return { reading, grid: reading.grid, rows, scale: scaleFor(name, largest) };
  }

  #difference(first: Grid, second: Grid): Grid | undefined {
    if (this.#subtracted?.first !== first || this.#subtracted.second !== second)
      this.#subtracted = { first, second, grid: difference(first, second) };
    return this.#subtracted.grid;
  }

  #rows(side: SideName, reading: Reading): readonly number[] {
    const [own, others] = this.#ordering;
    const same = this.#first.reading !== undefined && this.#first.reading.grid.units === reading.grid.units;
    return side === 'first' || same ? own.rows : others.rows;
  }
}
