import type { Reading } from '../config/vocabulary.ts';
import type { MetricsRecord } from './schema.ts';

/** More records than this are thinned out: a panel shows one at a time, and a slider has no more places. */
const maxRecords = 500;
/** Of a deep network with long windows fewer records are kept: 2 MB of numbers. */
const maxNumbers = 250_000;

export type FlowRecord = Extract<MetricsRecord, { event: 'gradientFlow' }>;

/** A line of norms: a layer in one of its readings. */
export interface FlowLayer {
  readonly reading: Reading;
  /** From 0, the lowest. */
  readonly layer: number;
  /** How many norms it has: those at distance 0 up to distances − 1. */
  readonly distances: number;
}

/** `gradientFlow` records in columns, oldest first. They take the place of all from `from` on. */
export interface FlowRows {
  readonly from: number;
  /** Of so many records in the file one is here, and the newest. */
  readonly every: number;
  readonly layers: readonly FlowLayer[];
  readonly step: Float64Array<ArrayBuffer>;
  /** From 1: the epoch that the step lies in. */
  readonly epoch: Float64Array<ArrayBuffer>;
  /** [records · norms of all layers], record after record and in it layer after layer; NaN for what was not finite. */
  readonly norms: Float64Array<ArrayBuffer>;
}

interface Row {
  /** Among all records of the file. */
  readonly index: number;
  readonly step: number;
  readonly epoch: number;
  readonly norms: readonly number[];
}

/**
 * The `gradientFlow` records of a run, thinned out while they come so that they never are too many: of the records every
 * n-th is kept, and the newest; n doubles whenever there is no more room.
 */
export class FlowColumns {
  private layers: readonly FlowLayer[] = [];
  private rows: Row[] = [];
  private every = 1;
  private seen = 0;
  /** The first row that is new or another since `takeNew`. */
  private firstNew = Infinity;

  get length(): number {
    return this.rows.length;
  }

  add({ step, epoch, layers }: FlowRecord): void {
    const shape = layers.map(({ reading, layer, norms }) => ({ reading, layer, distances: norms.length }));
    if (this.rows.length === 0) this.layers = shape;
    // A run's network never changes: a record of another one was put there by hand.
    else if (JSON.stringify(shape) !== JSON.stringify(this.layers)) return;
    const newest = this.rows.at(-1);
    if (newest && newest.index % this.every !== 0) this.rows.pop();
    this.firstNew = Math.min(this.firstNew, this.rows.length);
    const norms = layers.flatMap((layer) => layer.norms.map((norm) => norm ?? NaN));
    this.rows.push({ index: this.seen++, step, epoch, norms });
    if (this.rows.length > Math.max(2, Math.min(maxRecords, maxNumbers / norms.length))) this.thin();
  }

  /** Copies of the rows from one on, each column in a buffer of its own. */
  slice(from: number): FlowRows {
    const { every, layers } = this;
    const rows = this.rows.slice(from);
    return {
      from,
      every,
      layers,
      step: Float64Array.from(rows, ({ step }) => step),
      epoch: Float64Array.from(rows, ({ epoch }) => epoch),
      norms: Float64Array.from(rows.flatMap(({ norms }) => norms)),
    };
  }

  /** What has changed since this was last asked; undefined where nothing has. */
  takeNew(): FlowRows | undefined {
    const from = this.firstNew;
    this.firstNew = Infinity;
    return from === Infinity ? undefined : this.slice(from);
  }

  private thin(): void {
    this.every *= 2;
    this.rows = this.rows.filter(({ index }) => index % this.every === 0 || index === this.seen - 1);
    this.firstNew = 0;
  }
}
