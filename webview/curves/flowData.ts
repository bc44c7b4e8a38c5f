import type { FlowRows } from '../../src/protocol/curves.ts';
import { nearestTo } from './decimate.ts';

/** A layer in one of its readings: a line of the chart. */
export type FlowLayer = FlowRows['layers'][number];

/** Which record of a run, and when in training it was made. */
export interface FlowPlace {
  readonly record: number;
  readonly step: number;
  readonly epoch: number;
}

/** A run's records of gradient flow, oldest first, as far as the host has sent them. */
export class FlowData {
  readonly #rows: FlowRows;

  constructor(rows: FlowRows) {
    this.#rows = rows;
  }

  /** As the host has sent them. */
  get rows(): FlowRows {
    return this.#rows;
  }

  get length(): number {
    return this.#rows.step.length;
  }

  get layers(): readonly FlowLayer[] {
    return this.#rows.layers;
  }

  /** Of so many records of the run one is here, and the newest. */
  get every(): number {
    return this.#rows.every;
  }

  /** Of each record. */
  get steps(): Float64Array {
    return this.#rows.step;
  }

  /** The data with rows that follow, or undefined where rows between are missing. */
  with(rows: FlowRows): FlowData | undefined {
    const { from } = rows;
    if (from > this.length) return undefined;
    if (from === 0) return new FlowData(rows);
    const { step, epoch, norms } = this.#rows;
    return new FlowData({
      ...rows,
      step: joined(step.subarray(0, from), rows.step),
      epoch: joined(epoch.subarray(0, from), rows.epoch),
      norms: joined(norms.subarray(0, from * this.#numbers), rows.norms),
    });
  }

  /** The record nearest to a step, or the newest for null; undefined where there is none. */
  at(step: number | null): FlowPlace | undefined {
    const record = step === null ? this.length - 1 : nearestTo(this.#rows.step, step);
    if (record < 0) return undefined;
    return { record, step: this.#rows.step[record] as number, epoch: this.#rows.epoch[record] as number };
  }

  /** A layer's norms by distance from the loss, in steps from 0; NaN for one that was not finite. */
  norms(record: number, layer: FlowLayer): Float64Array {
    const { layers, norms } = this.#rows;
    const before = layers.slice(0, layers.indexOf(layer)).reduce((sum, { distances }) => sum + distances, 0);
    const start = record * this.#numbers + before;
    return norms.subarray(start, start + layer.distances);
  }

  get #numbers(): number {
    return this.layers.reduce((sum, { distances }) => sum + distances, 0);
  }
}

function joined(first: Float64Array, second: Float64Array): Float64Array<ArrayBuffer> {
  const both = new Float64Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}
