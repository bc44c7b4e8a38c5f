import { byCluster } from './cluster.ts';
import type { Grid } from './grid.ts';
import { byCorrelation, byIndex, byVariance } from './order.ts';
import type { OrderName } from './order.ts';
import type { PanelState } from './state.ts';

/** The rows of a heatmap: which unit stands in which, as it was last worked out. */
export class Ordering {
  /** The unit of each row. */
  rows: readonly number[] = [];
  /** Whether a better order is being worked out; these rows are on show until then. */
  isBusy = false;
  #of = '';
  #working = new AbortController();
  readonly #changed: () => void;

  constructor(changed: () => void) {
    this.#changed = changed;
  }

  /** @param like the same for all grids that may keep the order */
  update(grid: Grid, like: string, { order, orderUnit }: Pick<PanelState, 'order' | 'orderUnit'>): void {
    const unit = Math.min(orderUnit, grid.units - 1);
    const of = JSON.stringify([like, order, order === 'correlation' ? unit : 0]);
    if (of === this.#of) return;
    this.#of = of;
    this.#working.abort(new Error('another order is wanted'));
    this.#working = new AbortController();
    this.isBusy = order === 'cluster';
    if (order !== 'cluster') this.rows = atOnce(grid, order, unit);
    else {
      if (this.rows.length !== grid.units) this.rows = byIndex(grid.units);
      void this.#cluster(grid, this.#working.signal);
    }
  }

  async #cluster(grid: Grid, signal: AbortSignal): Promise<void> {
    try {
      // What was just loaded is drawn first.
      await new Promise((done) => setTimeout(done, 30));
      signal.throwIfAborted();
      const rows = await byCluster(grid, { signal });
      signal.throwIfAborted();
      this.rows = rows;
    } catch (error) {
      if (signal.aborted) return;
      throw error;
    }
    this.isBusy = false;
    this.#changed();
  }
}

function atOnce(grid: Grid, order: Exclude<OrderName, 'cluster'>, unit: number): number[] {
  if (order === 'variance') return byVariance(grid);
  return order === 'correlation' ? byCorrelation(grid, unit) : byIndex(grid.units);
}
