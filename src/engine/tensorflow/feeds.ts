import { formatShape, sizeOf } from '../../graph/node.ts';
import type { Graph, NodeOf, Shape } from '../../graph/node.ts';
import { EngineError } from '../../util/errors.ts';
import type { Feeds } from '../engine.ts';

/** What a run is fed, checked before it comes to a kernel. */

/**
 * How many ids there are for each integer input: of rows or columns of what is read and written with it.
 * @param graph without loops
 */
export function idCounts(graph: Graph): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { operation, inputs } of graph.nodes) {
    const [x, ids] = inputs;
    if (ids?.operation !== 'input' || ids.type !== 'integer') continue;
    const { name } = ids.attributes;
    const isOfRows = operation === 'gather' || operation === 'scatterAdd';
    const count = x?.shape[isOfRows ? 0 : 1] ?? 0;
    counts.set(name, Math.min(counts.get(name) ?? Infinity, count));
  }
  return counts;
}

/** A kernel does not look where it reads: an id outside a table would return foreign memory. */
export function checkedIds(source: NodeOf<'input'>, feeds: Feeds, count: number): Int32Array {
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
