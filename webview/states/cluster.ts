import type { Grid } from './grid.ts';
import { dot, standardised } from './order.ts';

/** How long it computes before others have their turn, in ms. */
const slice = 12;

/** A step of the clustering: these two are one from then on. Below the number of units a unit, else an earlier step. */
interface Merge {
  readonly first: number;
  readonly second: number;
}

export interface ClusterOptions {
  /** Ends it between two slices, with its reason. */
  readonly signal?: AbortSignal;
  /** Lets others have their turn. */
  readonly pause?: () => Promise<void>;
}

/**
 * Units in an order in which those that go together stand together: average linkage over 1 − r (r is Pearson's
 * correlation of two units' series), found by chains of nearest neighbours (Murtagh, 1983), the branches turned so that
 * what touches is alike (Gruvaeus and Wainer, 1972). 1,500 units over 500 tokens take a second or two, in slices.
 *
 * @throws the reason of `signal` when it aborts
 */
export async function byCluster(grid: Grid, options: ClusterOptions = {}): Promise<number[]> {
  const { units } = grid;
  if (units < 3) return Array.from({ length: units }, (_, unit) => unit);
  const take = turns(options);
  const distances = await distancesOf(grid, take);
  const kept = Float32Array.from(distances);
  const merges = await linked(distances, units, take);
  return leaves(merges, units, (a, b) => kept[a * units + b] as number);
}

type Turn = () => Promise<void> | undefined;

function turns({ signal, pause = () => new Promise((done) => setTimeout(done)) }: ClusterOptions): Turn {
  let began = performance.now();
  return () => {
    if (performance.now() - began < slice) return undefined;
    return pause().then(() => {
      signal?.throwIfAborted();
      began = performance.now();
    });
  };
}

/** 1 − r of every two units, [units, units]. */
async function distancesOf(grid: Grid, take: Turn): Promise<Float32Array> {
  const { tokens, units } = grid;
  const series = standardised(grid);
  const rows = Array.from({ length: units }, (_, unit) => series.subarray(unit * tokens, (unit + 1) * tokens));
  const distances = new Float32Array(units * units);
  for (const [a, first] of rows.entries()) {
    for (let b = 0; b < a; b += 1) {
      const distance = 1 - dot(first, rows[b] as Float32Array);
      distances[a * units + b] = distance;
      distances[b * units + a] = distance;
    }
    await take();
  }
  return distances;
}

/** The merges of average linkage, each after those that it is made of. Writes into `distances`. */
async function linked(distances: Float32Array, units: number, take: Turn): Promise<Merge[]> {
  const sizes = new Int32Array(units).fill(1);
  /** What a row stands for now. */
  const nodes = Int32Array.from({ length: units }, (_, unit) => unit);
  const merges: Merge[] = [];
  const chain: number[] = [];
  while (merges.length < units - 1) {
    if (chain.length === 0) chain.push(sizes.findIndex((size) => size > 0));
    const last = chain.at(-1) as number;
    const before = chain.at(-2) ?? -1;
    const nearest = nearestTo(last, before, distances, sizes);
    if (nearest !== before) {
      chain.push(nearest);
    } else {
      chain.length -= 2;
      merges.push({ first: nodes[before] as number, second: nodes[last] as number });
      join(before, last, distances, sizes);
      nodes[before] = units + merges.length - 1;
    }
    await take();
  }
  return merges;
}

/** The nearest row that is still there; among equals the one before in the chain, or it would never end. */
function nearestTo(row: number, before: number, distances: Float32Array, sizes: Int32Array): number {
  const units = sizes.length;
  let nearest = before;
  let least = before < 0 ? Infinity : (distances[row * units + before] as number);
  for (let other = 0; other < units; other += 1) {
    if (other === row || (sizes[other] as number) === 0) continue;
    const distance = distances[row * units + other] as number;
    if (distance < least || nearest < 0) {
      least = distance;
      nearest = other;
    }
  }
  return nearest;
}

/** Row `kept` stands for both: its distance to every other is the mean over its members. */
function join(kept: number, gone: number, distances: Float32Array, sizes: Int32Array): void {
  const units = sizes.length;
  const [size, other] = [sizes[kept] as number, sizes[gone] as number];
  for (let row = 0; row < units; row += 1) {
    if (row === kept || row === gone || (sizes[row] as number) === 0) continue;
    const distance =
      (size * (distances[kept * units + row] as number) + other * (distances[gone * units + row] as number)) /
      (size + other);
    distances[kept * units + row] = distance;
    distances[row * units + kept] = distance;
  }
  sizes[kept] = size + other;
  sizes[gone] = 0;
}

/** The leaves from left to right, each branch turned so that where two touch is the nearest of their four pairs of ends. */
function leaves(merges: readonly Merge[], units: number, distance: (a: number, b: number) => number): number[] {
  const branches: number[][] = Array.from({ length: units }, (_, unit) => [unit]);
  for (const { first, second } of merges) {
    const left = branches[first] as number[];
    const right = branches[second] as number[];
    const ends = (branch: readonly number[]): [number, number] => [branch[0] as number, branch.at(-1) as number];
    const [leftFirst, leftLast] = ends(left);
    const [rightFirst, rightLast] = ends(right);
    const pairs = [
      { at: distance(leftLast, rightFirst), turnLeft: false, turnRight: false },
      { at: distance(leftLast, rightLast), turnLeft: false, turnRight: true },
      { at: distance(leftFirst, rightFirst), turnLeft: true, turnRight: false },
      { at: distance(leftFirst, rightLast), turnLeft: true, turnRight: true },
    ];
    const best = pairs.reduce((least, pair) => (pair.at < least.at ? pair : least));
    if (best.turnLeft) left.reverse();
    if (best.turnRight) right.reverse();
    branches.push([...left, ...right]);
  }
  return branches.at(-1) as number[];
}
