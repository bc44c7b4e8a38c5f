import { accumulate } from './accumulate.ts';
import { GraphError, reachable } from './graph.ts';
import type { GraphBuilder } from './graph.ts';
import { describe, sameShape } from './node.ts';
import type { Node, NodeOf, OperationName, Shape } from './node.ts';
import { recurrenceGradients, ResultGradients } from './recurrenceGradients.ts';

/**
 * From an operation's node and the gradient of the loss with respect to its result, the gradient with respect to each
 * input; `undefined` where none flows.
 */
type Rule<N extends OperationName> = (
  b: GraphBuilder,
  node: NodeOf<N> & Node,
  gradient: Node,
  ...inputs: Node[]
) => readonly (Node | undefined)[];

const noGradient = () => [];

/** One rule an operation, made of operations. y is the operation's own result, g the gradient that comes back to it. */
const rules: { readonly [N in OperationName]: Rule<N> } = {
  input: noGradient,
  variable: noGradient,
  constant: noGradient,
  matmul: (b, y, g, A, B) => {
    const { transposeA, transposeB, scale } = y.attributes;
    return [
      A &&
        B &&
        (transposeA
          ? b.matmul(B, g, { transposeA: transposeB, transposeB: true, scale })
          : b.matmul(g, B, { transposeB: !transposeB, scale })),
      A &&
        B &&
        (transposeB
          ? b.matmul(g, A, { transposeA: true, transposeB: transposeA, scale })
          : b.matmul(A, g, { transposeA: !transposeA, scale })),
    ];
  },
  add: (b, _, g, a, c) => [a && sumTo(b, g, a.shape), c && sumTo(b, g, c.shape)],
  subtract: (b, _, g, a, c) => [a && sumTo(b, g, a.shape), c && sumTo(b, b.negate(g), c.shape)],
  multiply: (b, _, g, a, c) => [
    a && c && sumTo(b, b.multiply(g, c), a.shape),
    a && c && sumTo(b, b.multiply(g, a), c.shape),
  ],
  divide: (b, y, g, a, c) => [
    a && c && sumTo(b, b.divide(g, c), a.shape),
    c && sumTo(b, b.negate(b.divide(b.multiply(g, y), c)), c.shape),
  ],
  maximum: (b, _, g, a, c) => {
    if (!a || !c) return [];
    const first = b.atLeast(a, c);
    return [
      sumTo(b, b.multiply(g, first), a.shape),
      sumTo(b, b.multiply(g, b.subtract(b.constant(1), first)), c.shape),
    ];
  },
  // A step: its derivative is zero wherever there is one.
  atLeast: noGradient,
  sigmoid: (b, y, g) => [b.multiply(g, b.multiply(y, b.subtract(b.constant(1), y)))],
  tanh: (b, y, g) => [b.multiply(g, b.subtract(b.constant(1), b.multiply(y, y)))],
  exp: (b, y, g) => [b.multiply(g, y)],
  log: (b, _, g, x) => [x && b.divide(g, x)],
  sqrt: (b, y, g) => [b.divide(b.multiply(g, b.constant(0.5)), y)],
  sum: (b, y, g, x) => {
    if (!x) return [];
    const kept = x.shape.map((extent, axis) => (y.attributes.axes.includes(axis) ? 1 : extent));
    return [b.broadcast(b.reshape(g, kept), x.shape)];
  },
  sumOfSquares: (b, _, g, x) => [x && b.multiply(x, b.multiply(g, b.constant(2)))],
  broadcast: (b, _, g, x) => [x && sumTo(b, g, x.shape)],
  reshape: (b, _, g, x) => [x && b.reshape(g, x.shape)],
  transpose: (b, _, g) => [b.transpose(g)],
  slice: (b, y, g, x) => {
    const { axis, start, end } = y.attributes;
    return [x && b.pad(g, axis, start, (x.shape[axis] ?? 0) - end)];
  },
  pad: (b, y, g) => {
    const { axis, before, after } = y.attributes;
    return [b.slice(g, axis, before, (y.shape[axis] ?? 0) - after)];
  },
  join: (b, y, g, ...parts) => {
    const { axis } = y.attributes;
    let start = 0;
    return parts.map((part) => b.slice(g, axis, start, (start += part.shape[axis] ?? 0)));
  },
  gather: (b, _, g, table, ids) => [table && ids && b.scatterAdd(b.constant(0, table.shape), ids, g), undefined],
  scatterAdd: (b, _, g, _base, ids) => [g, undefined, ids && b.gather(g, ids)],
  pick: (b, _, g, x, ids) => [x && ids && b.addAt(b.constant(0, x.shape), ids, g), undefined],
  addAt: (b, _, g, _x, ids) => [g, undefined, ids && b.pick(g, ids)],
  softmax: (b, y, g) => [b.multiply(y, b.subtract(g, b.sum(b.multiply(g, y), { axes: [1], keepAxes: true })))],
  crossEntropy: (b, y, g, logits, targets) => {
    if (!logits || !targets) return [];
    const [rows = 0] = y.shape;
    const difference = b.addAt(b.softmax(logits), targets, b.constant(-1, [rows]));
    return [b.multiply(difference, b.reshape(g, [rows, 1])), undefined];
  },
  // What comes back to the results of a recurrence goes through its loop all at once: recurrenceGradients.ts.
  recurrence: noGradient,
  collect: noGradient,
  last: noGradient,
};

/**
 * The gradients of a scalar with respect to parameters, as more nodes of the same graph (reverse-mode differentiation).
 *
 * @param loss a scalar node
 * @param parameters the nodes to differentiate by, usually variables
 * @returns one node a parameter, of the parameter's shape. The gradient of a table that is only read by `gather` is a
 *   `scatterAdd` to zeros: an update or a norm may look inside it and use the rows alone.
 * @throws GraphError when the loss is not a scalar, or a parameter does not reach it
 */
export function gradients<P extends Node>(b: GraphBuilder, loss: Node, parameters: readonly P[]): Map<P, Node> {
  if (loss.shape.length > 0) throw new GraphError(`gradients need a scalar, and ${describe(loss)} is not one`);
  const parts = backpropagate(b, new Map([[loss, [b.constant(1)]]]), parameters);
  return new Map(
    parameters.map((parameter) => {
      const gradient = parts.get(parameter);
      if (!gradient) throw new GraphError(`${describe(parameter)} does not reach the loss, so it has no gradient`);
      return [parameter, accumulate(b, gradient)];
    }),
  );
}

/**
 * What comes back to nodes from the gradients of results, each as the summands that its users send; nothing for a node
 * that no result depends on.
 *
 * @param seeds the gradients that come to each result from outside
 */
export function backpropagate(
  b: GraphBuilder,
  seeds: ReadonlyMap<Node, readonly Node[]>,
  targets: readonly Node[],
): Map<Node, readonly Node[]> {
  const wanted = new Set<Node>(targets);
  const path = reachable([...seeds.keys()]);
  for (const node of path) if (node.inputs.some((input) => wanted.has(input))) wanted.add(node);

  const contributions = new Map<Node, Node[]>([...seeds].map(([node, parts]) => [node, [...parts]]));
  const results = new ResultGradients();
  const send = (node: Node, inputs: readonly (Node | undefined)[]) => {
    inputs.forEach((part, index) => {
      const input = node.inputs[index];
      if (!part || !input || !wanted.has(input)) return;
      if (!sameShape(part.shape, input.shape)) {
        throw new GraphError(`the gradient rule of ${describe(node)} gives ${describe(part)} for input ${index + 1}`);
      }
      const list = contributions.get(input);
      if (list) list.push(part);
      else contributions.set(input, [part]);
    });
  };
  for (const node of path.reverse()) {
    if (!wanted.has(node)) continue;
    if (node.operation === 'recurrence') {
      const isWanted = node.inputs.map((input) => wanted.has(input));
      send(node, recurrenceGradients(b, node, results.of(node), { isWanted, backpropagate }));
      continue;
    }
    const parts = contributions.get(node);
    if (!parts || (targets.includes(node) && node.inputs.length === 0)) continue;
    const gradient = accumulate(b, parts);
    // Whoever asks for this node's own gradient gets what was summed here, once.
    contributions.set(node, [gradient]);
    if (node.operation === 'collect' || node.operation === 'last') results.add(node, gradient);
    else send(node, applyRule(b, node, gradient));
  }
  return new Map(
    targets.flatMap((target) => {
      const parts = contributions.get(target);
      return parts ? [[target, parts] as const] : [];
    }),
  );
}

function applyRule(b: GraphBuilder, node: Node, gradient: Node): readonly (Node | undefined)[] {
  // The table's key and the node's operation are the same string; the type system cannot follow that through the union.
  const rule = rules[node.operation] as Rule<OperationName>;
  return rule(b, node, gradient, ...node.inputs);
}

/** Undoes a broadcast: sums a gradient over the axes along which its input was repeated. */
function sumTo(b: GraphBuilder, gradient: Node, shape: Shape): Node {
  const lead = gradient.shape.length - shape.length;
  const axes = gradient.shape.flatMap((extent, axis) => (axis < lead || shape[axis - lead] !== extent ? [axis] : []));
  return b.reshape(b.sum(gradient, { axes, keepAxes: true }), shape);
}
