import type { GraphBuilder } from './graph.ts';
import { sameShape, sizeOf } from './node.ts';
import type { Node } from './node.ts';
import { rebuild } from './rebuild.ts';

/**
 * Rewrites a value so that what depends on nothing in `varying` stands together, where it can be computed once and apart:
 *
 * - (g · a) · b becomes g · (a · b), and (g · a) / b becomes g · (a / b)
 * - g · a + g · b becomes g · (a + b), g + g · b becomes g · (1 + b)
 * - products laid end to end, [g · a, h · b], become a product of joins, [g, h] · [a, b]
 *
 * with g and h that vary and a and b that do not. In a backward pass g is the gradient that comes in and a, b are local
 * derivatives.
 *
 * @param varying what the factors must not depend on; nodes that are found to depend on it are added
 */
export function combineFactors(b: GraphBuilder, root: Node, varying: Set<Node>): Node {
  const independent = new Set<Node>();
  const depends = (node: Node) => dependsOnAny(node, varying, independent);
  const rewritten = new Map<Node, Node>();
  const rewrite = (node: Node): Node => {
    const known = rewritten.get(node);
    if (known) return known;
    let result = node;
    if (depends(node) && node.inputs.length > 0) {
      const inputs = node.inputs.map(rewrite);
      result = combine(b, rebuild(b, node, inputs), depends);
    }
    rewritten.set(node, result);
    return result;
  };
  return rewrite(root);
}

/**
 * Whether a node is, or depends on, one of `varying`.
 *
 * @param varying nodes that are found to depend on it are added
 * @param independent what was found not to: without it a value would be gone through once for every way that leads to it
 */
export function dependsOnAny(node: Node, varying: Set<Node>, independent: Set<Node>): boolean {
  if (varying.has(node)) return true;
  if (independent.has(node)) return false;
  const depends = node.inputs.some((input) => dependsOnAny(input, varying, independent));
  (depends ? varying : independent).add(node);
  return depends;
}

type Depends = (node: Node) => boolean;

/** A value as varying · fixed. */
interface Product {
  varying: Node;
  fixed: Node;
}

function combine(b: GraphBuilder, node: Node, depends: Depends): Node {
  if (!depends(node)) return node;
  if (node.operation === 'multiply') return combineProduct(b, node, depends);
  if (node.operation === 'divide') return combineQuotient(b, node, depends);
  if (node.operation === 'add') return combineSum(b, node, depends);
  if (node.operation === 'join') return combineJoin(b, node, depends);
  return node;
}

/** The two factors of a product, the one that varies first; undefined where both vary, or it is no product. */
function productOf(node: Node, depends: Depends): Product | undefined {
  const [left, right] = node.inputs;
  if (node.operation !== 'multiply' || !left || !right) return undefined;
  if (!depends(right)) return { varying: left, fixed: right };
  if (!depends(left)) return { varying: right, fixed: left };
  return undefined;
}

function combineProduct(b: GraphBuilder, node: Node, depends: Depends): Node {
  const outer = productOf(node, depends);
  const inner = outer && productOf(outer.varying, depends);
  if (!outer || !inner) return node;
  return b.multiply(inner.varying, b.multiply(inner.fixed, outer.fixed));
}

function combineQuotient(b: GraphBuilder, node: Node, depends: Depends): Node {
  const [dividend, divisor] = node.inputs;
  const inner = dividend && productOf(dividend, depends);
  if (!inner || !divisor || depends(divisor)) return node;
  return b.multiply(inner.varying, b.divide(inner.fixed, divisor));
}

function combineSum(b: GraphBuilder, node: Node, depends: Depends): Node {
  const [left, right] = node.inputs;
  if (!left || !right) return node;
  const [first, second] = [left, right].map(
    (part) => productOf(part, depends) ?? { varying: part, fixed: b.constant(1) },
  );
  if (first?.varying !== second?.varying || !first || !second) return node;
  return b.multiply(first.varying, b.add(first.fixed, second.fixed));
}

function combineJoin(b: GraphBuilder, node: Node & { operation: 'join' }, depends: Depends): Node {
  const { axis } = node.attributes;
  // A varying factor of another shape cannot be laid beside the others.
  const products = node.inputs.map((part) => {
    const product = productOf(part, depends);
    return product && sameShape(product.varying.shape, part.shape) ? product : undefined;
  });
  const gain = node.inputs.reduce((sum, { shape }, index) => sum + (products[index] ? 1 : -1) * sizeOf(shape), 0);
  // What is no product is multiplied with 1: not where that is most of it.
  if (gain < 0 || products.every((product) => product === undefined)) return node;
  const varying: Node[] = [];
  const fixed: Node[] = [];
  for (const [index, part] of node.inputs.entries()) {
    const product = products[index];
    varying.push(product ? product.varying : part);
    fixed.push(product ? b.broadcast(product.fixed, part.shape) : b.constant(1, part.shape));
  }
  return b.multiply(
    b.join(
      varying.flatMap((part) => flatten(part, axis)),
      axis,
    ),
    b.join(fixed, axis),
  );
}

/** The parts of a join along the same axis. */
function flatten(part: Node, axis: number): readonly Node[] {
  return part.operation === 'join' && part.attributes.axis === axis ? part.inputs : [part];
}
