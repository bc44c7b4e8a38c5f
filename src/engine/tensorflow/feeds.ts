import { formatShape, sizeOf } from '../../graph/node.ts';
import type { Node, NodeOf, Shape } from '../../graph/node.ts';
import { EngineError } from '../../util/errors.ts';
import type { Feeds } from '../engine.ts';
import type { Planner, Slot } from './plan.ts';

/** The ids of a node that reads or writes rows of a table: int32 [n]. */
export function rowIds(planner: Planner, node: Node): Slot {
  const source = idsInputOf(node);
  const [rows = 0] = node.inputs[0]?.shape ?? [];
  return planner.emit(
    ({ tf, feeds }) => tf.tensor1d(checkedIds(source, feeds, rows), 'int32'),
    [],
    `rows ${source.attributes.name} ${rows}`,
  );
}

/** Where the elements that a node's ids name lie in its matrix [n, width], row after row: int32 [n]. */
export function places(planner: Planner, node: Node): Slot {
  const source = idsInputOf(node);
  const [, width = 0] = node.inputs[0]?.shape ?? [];
  return planner.emit(
    ({ tf, feeds }) =>
      tf.tensor1d(
        checkedIds(source, feeds, width).map((id, row) => row * width + id),
        'int32',
      ),
    [],
    `places ${source.attributes.name} ${width}`,
  );
}

function idsInputOf(node: Node): NodeOf<'input'> {
  const ids = node.inputs.find(({ type }) => type === 'integer');
  // No operation makes integers: they are always fed.
  if (ids?.operation !== 'input') throw new Error(`${node.operation} #${node.id} has ids that are not fed`);
  return ids;
}

/** A kernel does not look where it reads: an id outside a table would return foreign memory. */
function checkedIds(source: NodeOf<'input'>, feeds: Feeds, count: number): Int32Array {
  const ids = idsOf(source, feeds);
  const bad = ids.find((id) => id < 0 || id >= count);
  if (bad !== undefined)
    throw new EngineError(`input ${source.attributes.name} holds the id ${bad}, which is not in 0…${count - 1}`);
  return ids;
}

/** @throws EngineError when no ids were fed, or others than the input takes */
export function idsOf({ attributes: { name, shape } }: NodeOf<'input'>, feeds: Feeds): Int32Array {
  const data = feeds[name];
  if (data instanceof Int32Array && data.length === sizeOf(shape)) return data;
  throw wrongFeed(name, shape, 'integer', data);
}

/** @throws EngineError when nothing was fed, or other numbers than the input takes */
export function floatsOf({ attributes: { name, shape } }: NodeOf<'input'>, feeds: Feeds): Float32Array {
  const data = feeds[name];
  if (data instanceof Float32Array && data.length === sizeOf(shape)) return data;
  throw wrongFeed(name, shape, 'float', data);
}

function wrongFeed(name: string, shape: Shape, type: string, data: Feeds[string] | undefined): EngineError {
  if (data === undefined) return new EngineError(`input ${name} was not fed; it is ${formatShape(shape)}`);
  const came = `${data.length} ${data instanceof Int32Array ? 'integers' : 'floats'}`;
  return new EngineError(`input ${name} takes ${formatShape(shape)} ${type}s and was fed ${came}`);
}
