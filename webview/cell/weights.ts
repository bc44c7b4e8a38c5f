import { cellKinds, initialBias } from '../../src/config/cells.ts';
import { cellOf, outputBias, outputWeights, parameterSpecifications } from './network.ts';
import type { NetworkShape, Parameters } from './network.ts';

/** The worked example: a plain cell of two units that reads 1, then 2, with a state that starts from zero. */
export const example = {
  shape: { cell: 'rnn', direction: 'forward', layers: 1, hidden: 2 } satisfies NetworkShape,
  inputs: [1, 2],
  parameters: {
    'forward.0.input': [0.5, 0.6],
    'forward.0.recurrent': [0.1, 0.2, 0.3, 0.4],
    'forward.0.bias': [0.1, -0.1],
    'forward.0.start.h': [0, 0],
    [outputWeights]: [1, 2],
    [outputBias]: [0.1],
  } satisfies Parameters,
} as const;

/** The seed whose plain cell of two units is the worked example's. */
export const firstSeed = 1;

/** The weights that a network of this shape has before anything is edited. */
export function startingWeights(shape: NetworkShape, seed: number): Parameters {
  const same = JSON.stringify(orderly(shape)) === JSON.stringify(orderly(example.shape));
  return same && seed === firstSeed ? example.parameters : seededWeights(shape, { seed, scale: 1, decimals: 2 });
}

const orderly = ({ cell, direction, layers, hidden }: NetworkShape) => [cell, direction, layers, hidden];

export interface SeedOptions {
  readonly seed: number;
  /** Weights are uniform in ± this. */
  readonly scale: number;
  /** Rounded, so that they can be read; left out, they are not. */
  readonly decimals?: number;
  /** Added to the biases of the gates that keep the state; by default what the cell itself begins with. */
  readonly keepBias?: number;
}

/** What the forget gate's bias begins with, as in a run. */
const forgetBias = 1;

/**
 * Weights as training starts from: uniform, states zero, biases zero but for the gates that a cell opens. Each number
 * depends on the seed and on its place alone, so another scale gives the same network, scaled.
 */
export function seededWeights(shape: NetworkShape, options: SeedOptions): Parameters {
  const { seed, scale, decimals, keepBias } = options;
  const { gates } = cellOf(shape.cell);
  const { keeps, own = {} } = cellKinds[shape.cell];
  const round = (value: number): number => (decimals === undefined ? value : Number(value.toFixed(decimals)));
  const biasOf = (gate: string): number => {
    if (keepBias === undefined || gate !== keeps?.gate) return initialBias(shape.cell, gate, { forgetBias });
    return keeps.isInverted ? -keepBias : keepBias;
  };
  const made = parameterSpecifications(shape).map(({ name, shape: extents }, index) => {
    const length = extents.reduce((a, b) => a * b, 1);
    const initial = own[name.slice(name.lastIndexOf('.') + 1)]?.initial ?? 'uniform';
    const next = randomNumbers(seed * 1009 + index);
    const element = (place: number): number => {
      if (name.includes('.start.') || name === outputBias) return 0;
      if (name.endsWith('.bias')) return biasOf(gates[Math.floor(place / shape.hidden)] ?? '');
      if (initial !== 'uniform') return initial;
      return round(scale * (2 * next() - 1));
    };
    return [name, Array.from({ length }, (_, place) => element(place))] as const;
  });
  return Object.fromEntries(made);
}

/** What the cells that are compared read: numbers in ±1, the same for all of them. */
export function seededInputs(seed: number, length: number): number[] {
  const next = randomNumbers(seed * 1009 - 1);
  return Array.from({ length }, () => 2 * next() - 1);
}

/** Uniform in [0, 1): Mulberry32 (Ettinger, 2017), which is plenty for weights that are looked at. */
function randomNumbers(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
