import { GraphBuilder, reachable } from './graph.ts';
import type { Graph, Node, NodeOf } from './node.ts';
import { rebuild } from './rebuild.ts';
import { collectedOf, partsOf } from './recurrence.ts';

/**
 * The same graph with the steps of its recurrences written one after another, for whatever cannot run a loop or is quicker
 * without one.
 *
 * @param which the recurrences to unroll; all when left out
 */
export function unroll(graph: Graph, which: (node: NodeOf<'recurrence'>) => boolean = () => true): Graph {
  if (!graph.nodes.some((node) => node.operation === 'recurrence' && which(node))) return graph;
  const b = new GraphBuilder();
  const values = new Map<Node, Node>();
  const unrolled = new Map<Node, Unrolled>();
  const valueOf = (node: Node): Node => {
    const value = values.get(node);
    if (!value) throw new Error(`node ${node.id} stands behind its user`);
    return value;
  };
  for (const node of graph.nodes) {
    const loop = unrolled.get(node.inputs[0] ?? node);
    if (node.operation === 'recurrence' && which(node)) {
      unrolled.set(node, new Unrolled(b, node, collectedOf(graph, node), node.inputs.map(valueOf)));
    } else if (loop && node.operation === 'collect') values.set(node, loop.collect(node.attributes.value));
    else if (loop && node.operation === 'last') values.set(node, loop.last(node.attributes.state));
    else values.set(node, rebuild(b, node, node.inputs.map(valueOf)));
  }
  const named = (nodes: ReadonlyMap<string, Node>) => [...nodes].map(([name, node]) => [name, valueOf(node)] as const);
  const updates = named(graph.updates).flatMap(([name, value]) => {
    const variable = graph.variables.get(name);
    return variable ? [[b.variable(name, variable.shape), value] as const] : [];
  });
  return b.finish(Object.fromEntries(named(graph.outputs)), new Map(updates));
}

/** How many operations a graph has with the steps of its recurrences written one after another. */
export function unrolledSize(graph: Graph, which: (node: NodeOf<'recurrence'>) => boolean): number {
  return graph.nodes.reduce((size, node) => {
    if (node.operation !== 'recurrence' || !which(node)) return size + 1;
    const { loop, steps } = node.attributes;
    const afters = loop.states.map(({ after }) => after);
    return size + steps * reachable([...afters, ...collectedOf(graph, node)]).length;
  }, 0);
}

class Unrolled {
  private readonly collected = new Map<Node, Node[]>();
  private states: readonly Node[];

  /** @param inputs of the recurrence, on the builder */
  constructor(
    private readonly b: GraphBuilder,
    node: NodeOf<'recurrence'>,
    collected: readonly Node[],
    inputs: readonly Node[],
  ) {
    const { loop, steps, reverse } = node.attributes;
    const { states, scanned, outer } = partsOf({ ...node, inputs });
    const body = reachable([...loop.states.map(({ after }) => after), ...collected]);
    this.states = states;
    for (const value of collected) this.collected.set(value, []);
    for (let done = 0; done < steps; done++) {
      const step = reverse ? steps - 1 - done : done;
      const values = new Map<Node, Node>();
      const put = (placeholders: readonly Node[], given: readonly Node[]) => {
        placeholders.forEach((placeholder, index) => given[index] && values.set(placeholder, given[index]));
      };
      put(
        loop.states.map(({ before }) => before),
        this.states,
      );
      put(
        loop.scanned,
        loop.scanned.map(({ shape: [rows = 0] }, index) => this.rows(scanned[index], step, rows)),
      );
      put(loop.outer, outer);
      const valueOf = (inner: Node) => values.get(inner) ?? inner;
      for (const inner of body) {
        if (!values.has(inner)) values.set(inner, rebuild(b, inner, inner.inputs.map(valueOf)));
      }
      this.states = loop.states.map(({ after }) => valueOf(after));
      for (const [value, made] of this.collected) made[step] = valueOf(value);
    }
  }

  collect(value: Node): Node {
    return this.b.join(this.collected.get(value) ?? [], 0);
  }

  last(state: number): Node {
    const node = this.states[state];
    if (!node) throw new Error(`a recurrence has no state ${state}`);
    return node;
  }

  private rows(tensor: Node | undefined, step: number, rows: number): Node {
    if (!tensor) throw new Error('a recurrence lacks a scanned tensor');
    return this.b.slice(tensor, 0, step * rows, (step + 1) * rows);
  }
}
