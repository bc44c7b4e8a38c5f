import { describe, expect, it } from 'vitest';
import { checkGraph, GraphBuilder, GraphError } from '../../../src/graph/graph.ts';
import type { Graph, Node } from '../../../src/graph/node.ts';

/** A sound graph with a product, to be spoilt. */
function sound(): { graph: Graph; product: Node; a: Node; b: Node } {
  const builder = new GraphBuilder();
  const [a, b] = [builder.input('a', [2, 3]), builder.input('b', [3, 4])];
  const v = builder.variable('v', [2, 4]);
  const product = builder.matmul(a, b);
  const graph = builder.finish({ product }, new Map([[v, builder.add(v, product)]]));
  return { graph, product, a, b };
}

const replaced = (graph: Graph, old: Node, replacement: Node): Graph => ({
  ...graph,
  nodes: graph.nodes.map((node) => (node === old ? replacement : node)),
  outputs: new Map([['product', replacement]]),
  updates: new Map(),
});

const spoilt: Record<string, readonly [(parts: ReturnType<typeof sound>) => Graph, string]> = {
  'a node before its input': [
    ({ graph }) => ({ ...graph, nodes: [...graph.nodes].reverse() }),
    'add #4 [2, 4] × [2, 4] uses variable #2, which does not stand before it',
  ],
  'an input that is left out': [
    ({ graph, a }) => ({ ...graph, nodes: graph.nodes.filter((node) => node !== a) }),
    'matmul #3 [2, 3] × [3, 4] uses input #0, which does not stand before it',
  ],
  'inputs that do not fit the operation': [
    ({ graph, product, a }) => replaced(graph, product, { ...product, inputs: [a, a] }),
    'matmul #3 [2, 3] × [2, 3]: matmul needs equal inner extents, and [2, 3] · [2, 3] has 3 and 2',
  ],
  'too few inputs': [
    ({ graph, product, a }) => replaced(graph, product, { ...product, inputs: [a] }),
    'matmul #3 [2, 3]: matmul takes 2 inputs, not 1',
  ],
  'a result of another shape than the operation gives': [
    ({ graph, product }) => replaced(graph, product, { ...product, shape: [4, 2] }),
    'matmul #3 [2, 3] × [3, 4] says its result is [4, 2]; it is [2, 4]',
  ],
  'an output that is not in the graph': [
    ({ graph }) => ({ ...graph, outputs: new Map([['stray', new GraphBuilder().input('stray', [2])]]) }),
    'the output stray is input #0, which is not in the graph',
  ],
  'an update that is not in the graph': [
    ({ graph }) => ({ ...graph, updates: new Map([['v', new GraphBuilder().constant(1, [2, 4])]]) }),
    'the update v is constant #0, which is not in the graph',
  ],
  'an update of what is no variable': [
    ({ graph, product }) => ({ ...graph, updates: new Map([['w', product]]) }),
    'the update w names no variable',
  ],
};

describe('checkGraph', () => {
  it('lets a sound graph pass', () => {
    expect(() => checkGraph(sound().graph)).not.toThrow();
  });

  it.each(Object.entries(spoilt))('refuses %s', (_, [spoil, message]) => {
    expect(() => checkGraph(spoil(sound()))).toThrow(new GraphError(message));
  });

  it('refuses an operation that there is not, naming those that there are', () => {
    const parts = sound();
    const unknown = { ...parts.product, operation: 'convolve' } as unknown as Node;
    const graph = replaced(parts.graph, parts.product, unknown);
    expect(() => checkGraph(graph)).toThrow(GraphError);
    expect(() => checkGraph(graph)).toThrow(
      /^convolve #3 \[2, 3\] × \[3, 4\]: convolve is not an operation; there are input,/,
    );
  });
});
