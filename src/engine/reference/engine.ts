import { formatShape, sizeOf } from '../../graph/node.ts';
import type { Graph, Node, OperationName, PlainOperationName } from '../../graph/node.ts';
import { unroll } from '../../graph/unroll.ts';
import { kernels } from './kernels.ts';
import type { Value } from './kernels.ts';

/** Inputs and variables by name, in float64 so that finite differences mean something. */
export type ReferenceFeeds = Readonly<Record<string, ArrayLike<number>>>;

/** Each output and the next value of each updated variable, by name. */
export interface ReferenceResult {
  outputs: Record<string, Value>;
  updates: Record<string, Value>;
}

/** Graphs without their loops: one graph is computed again and again, and unrolling it takes as long as computing it. */
const unrolled = new WeakMap<Graph, Graph>();

function withoutLoops(graph: Graph): Graph {
  const known = unrolled.get(graph) ?? unroll(graph);
  unrolled.set(graph, known);
  return known;
}

/**
 * Computes a graph node by node in float64. Slow and plain: for tests and for the cell explorer, never for training.
 * @throws Error naming an input or a variable that is missing or has another size
 */
export function evaluate(given: Graph, feeds: ReferenceFeeds, variables: ReferenceFeeds): ReferenceResult {
  const graph = withoutLoops(given);
  const values = new Map<Node, Value>();
  for (const node of graph.nodes) values.set(node, { shape: node.shape, data: compute(node) });

  function compute(node: Node): Float64Array {
    if (node.operation === 'input') return fed('input', node, feeds[node.attributes.name]);
    if (node.operation === 'variable') return fed('variable', node, variables[node.attributes.name]);
    // The table's key and the node's operation are the same string; the type system cannot follow that, nor that no loop is
    // left in an unrolled graph.
    const kernel = kernels[node.operation as PlainOperationName] as (node: Node, ...inputs: Value[]) => Float64Array;
    return kernel(node, ...node.inputs.map(valueOf));
  }

  function valueOf(node: Node): Value {
    const value = values.get(node);
    if (!value) throw new Error(`${node.operation} #${node.id} stands behind its user`);
    return value;
  }

  const named = (nodes: ReadonlyMap<string, Node>) =>
    Object.fromEntries([...nodes].map(([name, node]) => [name, valueOf(node)]));
  return { outputs: named(graph.outputs), updates: named(graph.updates) };
}

function fed(
  kind: OperationName,
  node: { shape: readonly number[]; attributes: { name: string } },
  data: ArrayLike<number> | undefined,
): Float64Array {
  const { name } = node.attributes;
  if (data?.length !== sizeOf(node.shape)) {
    throw new Error(`${kind} ${name} needs ${formatShape(node.shape)}, and ${data?.length ?? 'nothing'} came`);
  }
  return new Float64Array(data);
}
