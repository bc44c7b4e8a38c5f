import { readingsOf } from '../../src/config/vocabulary.ts';
import type { Direction } from '../../src/config/vocabulary.ts';
import { cellKinds } from '../../src/config/cells.ts';
import type { CellId } from '../../src/config/cells.ts';
import type { Cell } from '../../src/model/cells/cell.ts';
import { cells } from '../../src/model/cells/index.ts';
import type { Reading } from '../../src/model/network.ts';

/** What a network of the explorer is made of. It reads one number a step and puts out one. */
export interface NetworkShape {
  readonly cell: CellId;
  readonly direction: Direction;
  /** From 1 to `maxLayers`. */
  readonly layers: number;
  /** Units a layer, from 1 to `maxHidden`. */
  readonly hidden: number;
}

export const maxLayers = 3;
export const maxHidden = 8;
export const maxSteps = 24;

/** Every number of a network that can be changed, row by row, by the name of its tensor. */
export type Parameters = Readonly<Record<string, readonly number[]>>;

export interface ParameterSpecification {
  readonly name: string;
  readonly shape: readonly number[];
}

export function cellOf(cell: CellId): Cell {
  return cells[cell];
}

/** The names of a layer's tensors: `forward.0.input` and so on. */
export function layerNames(reading: Reading, layer: number) {
  const prefix = `${reading}.${layer}`;
  return {
    /** [inputSize, gates · hidden] */
    input: `${prefix}.input`,
    /** [hidden, gates · hidden] */
    recurrent: `${prefix}.recurrent`,
    /** [gates · hidden] */
    bias: `${prefix}.bias`,
    /** One of the cell's own weights, [blocks · hidden]. */
    own: (name: string) => `${prefix}.${name}`,
    /** [1, hidden]: what the layer starts from. */
    start: (state: string) => `${prefix}.start.${state}`,
  };
}

/** [directions · hidden, 1], the forward rows first. */
export const outputWeights = 'output.weights';
/** [1] */
export const outputBias = 'output.bias';

/** How wide the input of a layer is. */
export function inputSize({ hidden }: Pick<NetworkShape, 'hidden'>, layer: number): number {
  return layer === 0 ? 1 : hidden;
}

/** Every tensor of a network that has numbers to change. */
export function parameterSpecifications(shape: NetworkShape): ParameterSpecification[] {
  const { cell, layers, hidden } = shape;
  const { gates, states } = cellOf(cell);
  const { own = {} } = cellKinds[cell];
  const width = gates.length * hidden;
  const readings = readingsOf[shape.direction];
  const ofLayer = (reading: Reading, layer: number): ParameterSpecification[] => {
    const names = layerNames(reading, layer);
    return [
      { name: names.input, shape: [inputSize(shape, layer), width] },
      { name: names.recurrent, shape: [hidden, width] },
      { name: names.bias, shape: [width] },
      ...Object.entries(own).map(([name, { blocks }]) => ({ name: names.own(name), shape: [blocks.length * hidden] })),
      ...states.map((state) => ({ name: names.start(state), shape: [1, hidden] })),
    ];
  };
  return [
    ...readings.flatMap((reading) => Array.from({ length: layers }, (_, layer) => ofLayer(reading, layer)).flat()),
    { name: outputWeights, shape: [readings.length * hidden, 1] },
    { name: outputBias, shape: [1] },
  ];
}

/** Whether the numbers are those of a network of this shape, and all of them are finite. */
export function fits(shape: NetworkShape, parameters: Parameters): boolean {
  const specifications = parameterSpecifications(shape);
  return (
    Object.keys(parameters).length === specifications.length &&
    specifications.every(({ name, shape: extents }) => {
      const data = parameters[name];
      return data?.length === extents.reduce((a, b) => a * b, 1) && data.every(Number.isFinite);
    })
  );
}
