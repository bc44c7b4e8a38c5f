import type { CurveRun, FlowRows, RunHistory } from '../../src/protocol/curves.ts';

/** Generated runs for the panel's harness: shaped like real ones, the same each time. */

export interface Shape {
  readonly name?: string;
  readonly state?: CurveRun['state'];
  /** Step records. */
  readonly points?: number;
  readonly epochs?: number;
  readonly preset?: string;
  readonly floor?: CurveRun['floor'];
  readonly published?: CurveRun['published'];
  readonly problem?: string;
  readonly sumsNotice?: string;
  readonly flow?: FlowShape;
}

/** Records of gradient flow: one each 100 steps. */
export interface FlowShape {
  readonly records: number;
  readonly layers?: number;
  readonly both?: boolean;
  /** What is left of the gradient a step further back, at the end of training. */
  readonly kept?: number;
  /** The distance from which on the norms are 0. */
  readonly zeroFrom?: number;
  /** As if the host had left out all but every so many-th. */
  readonly every?: number;
}

const distances = 35;

const recordEvery = 10;

/** The key of the run with a number. */
export const keyOf = (index: number): string => `/runs/20261123-1${String(index).padStart(5, '0')}-run`;

export function generatedRun(index: number, shape: Shape): CurveRun {
  const state = shape.state ?? 'done';
  const best = history(index, shape).epochs.validPerplexity.reduce((least, value) => Math.min(least, value), Infinity);
  return {
    key: keyOf(index),
    id: keyOf(index).slice(6),
    name: shape.name ?? `ptb-small-${index}`,
    state,
    createdAt: 1_790_000_000_000 + index * 60_000,
    preset: shape.preset,
    measure: 'perplexity',
    floor: shape.floor,
    published: shape.published,
    bestValidPerplexity: Number.isFinite(best) ? best : undefined,
    testPerplexity: state === 'done' && Number.isFinite(best) ? best * 0.97 : undefined,
    fraction: state === 'done' ? 1 : 0.43,
    secondsLeft: state === 'running' ? 130 : null,
    sumsNotice: shape.sumsNotice,
  };
}

const kept = new Map<string, RunHistory>();

/** A run's rows. */
export function history(index: number, shape: Shape): RunHistory {
  const id = JSON.stringify([index, shape]);
  const made = kept.get(id) ?? makeHistory(index, shape);
  kept.set(id, made);
  return made;
}

/** Rows from `from` on, in the shape of a history. */
export function rowsFrom(index: number, shape: Shape, from: number, count: number): RunHistory {
  const whole = makeHistory(index, { ...shape, points: from + count });
  const cut = <T extends Record<string, Float64Array>>(columns: T, start: number): T =>
    Object.fromEntries(Object.entries(columns).map(([name, column]) => [name, column.slice(start)])) as T;
  return { key: whole.key, steps: cut(whole.steps, from), epochs: cut(whole.epochs, whole.epochs.step.length) };
}

/** Records `from` up to `to` of a run. */
export function flowRows({ layers = 2, both = false, ...shape }: FlowShape, from: number, to: number): FlowRows {
  const { kept = 0.8, zeroFrom = distances, every = 1, records } = shape;
  const readings = both ? (['forward', 'backward'] as const) : (['forward'] as const);
  const rows = Array.from({ length: to - from }, (_, index) => from + index);
  const norm = (record: number, layer: number, distance: number): number => {
    if (distance >= zeroFrom) return 0;
    const share = 0.6 * kept + 0.4 * kept * Math.min(1, (record + 1) / records);
    const start = layer === layers - 1 ? 0.12 : 0.04;
    return (
      start * share ** distance * (1 + 0.15 * Math.sin(distance + 2 * layer)) * (1 + 0.4 * Math.exp(-distance / 2))
    );
  };
  return {
    from,
    every,
    layers: readings.flatMap((reading) =>
      Array.from({ length: layers }, (_, layer) => ({ reading, layer, distances })),
    ),
    step: Float64Array.from(rows, (record) => 1 + 100 * record),
    epoch: Float64Array.from(rows, (record) => 1 + Math.floor(record / 10)),
    norms: Float64Array.from(
      rows.flatMap((record) =>
        readings.flatMap((_, reading) =>
          Array.from({ length: layers * distances }, (_unused, at) =>
            norm(record, Math.floor(at / distances) + reading / 2, at % distances),
          ),
        ),
      ),
    ),
  };
}

function makeHistory(index: number, { points = 400, epochs = 8, problem, flow }: Shape): RunHistory {
  const random = seeded(index + 1);
  const column = (): Float64Array<ArrayBuffer> => new Float64Array(points);
  const [step, epoch, seconds, perplexity] = [column(), column(), column(), column()];
  const [learningRate, gradientNorm, wordsPerSecond] = [column(), column(), column()];
  const stepsAnEpoch = Math.max(1, Math.ceil((points * recordEvery) / epochs));
  const target = Math.log(95 + 12 * (index % 9));
  for (let at = 0; at < points; at += 1) {
    const now = (at + 1) * recordEvery;
    const done = now / stepsAnEpoch;
    const within = done % 1;
    step[at] = now;
    epoch[at] = done;
    seconds[at] = now * 0.055 * (1 + 0.05 * (index % 5));
    const settled = target + (Math.log(10_000) - target) * Math.exp(-2.2 * done ** 0.7);
    perplexity[at] = Math.exp(settled + 0.05 * (1 - within) + 0.04 * random() * (1.2 - within));
    learningRate[at] = done < epochs * 0.4 ? 1 : Math.max(0.02, 1 - (done - epochs * 0.4) / (epochs * 0.6));
    gradientNorm[at] = 2.2 + 1.6 * Math.exp(-done) + 0.9 * random() + (random() > 0.97 ? 3 : 0);
    wordsPerSecond[at] = 12_000 + 700 * random() - (random() > 0.98 ? 4000 : 0);
  }
  const ended = Math.min(epochs, Math.floor((points * recordEvery) / stepsAnEpoch));
  const epochColumn = (of: (epoch: number) => number): Float64Array<ArrayBuffer> =>
    Float64Array.from({ length: ended }, (_, at) => of(at + 1));
  const trained = (done: number): number => target + (Math.log(10_000) - target) * Math.exp(-2.2 * done ** 0.7);
  return {
    key: keyOf(index),
    steps: { step, epoch, seconds, perplexity, learningRate, gradientNorm, wordsPerSecond },
    epochs: {
      step: epochColumn((done) => done * stepsAnEpoch),
      epoch: epochColumn((done) => done),
      seconds: epochColumn((done) => done * stepsAnEpoch * 0.055 * (1 + 0.05 * (index % 5))),
      trainPerplexity: epochColumn((done) => Math.exp(trained(done))),
      validPerplexity: epochColumn((done) => Math.exp(trained(done) + 0.12)),
    },
    ...(flow === undefined ? {} : { gradientFlow: flowRows(flow, 0, flow.records) }),
    ...(problem === undefined ? {} : { problem }),
  };
}

/** Numbers from -1 to 1, Park and Miller's generator. */
function seeded(seed: number): () => number {
  let state = (seed * 7919) % 2147483647;
  return () => {
    state = (state * 16807) % 2147483647;
    return (2 * state) / 2147483647 - 1;
  };
}
