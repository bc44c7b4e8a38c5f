import type { GraphBuilder } from './graph.ts';
import { sizeOf } from './node.ts';
import type { Node, NodeOf } from './node.ts';

/**
 * The sum of the gradients that come back to one node from all its users.
 *
 * Unrolling a network gives a node one user a step, so the sum is where a backward pass gains or loses its speed. Two
 * kinds of sum have a cheaper form: parts of one tensor (slices that went to different steps) are laid end to end
 * instead of padded with zeros and added, and products with a short inner extent (one a step, for a weight that all
 * steps share) become one product with a long one: Σ AₜᵀBₜ = [A₁; A₂; …]ᵀ [B₁; B₂; …].
 */
export function accumulate(b: GraphBuilder, parts: readonly Node[]): Node {
  const merged = mergeProducts(b, mergePads(b, parts));
  return merged.reduce((sum, part) => b.add(sum, part));
}

function mergePads(b: GraphBuilder, parts: readonly Node[]): readonly Node[] {
  const isPad = (node: Node): node is NodeOf<'pad'> & Node => node.operation === 'pad';
  const pads = parts.filter(isPad);
  const [first] = pads;
  if (!first || pads.length < 2) return parts;
  const { axis } = first.attributes;
  const inOrder = pads
    .filter((pad) => pad.attributes.axis === axis)
    .sort((p, q) => p.attributes.before - q.attributes.before);

  const extent = first.shape[axis] ?? 0;
  const zeros = (length: number) =>
    b.constant(
      0,
      first.shape.map((old, index) => (index === axis ? length : old)),
    );
  const laid: Node[] = [];
  const used = new Set<Node>();
  let filled = 0;
  for (const pad of inOrder) {
    const { before, after } = pad.attributes;
    const [inner] = pad.inputs;
    // What overlaps its neighbour stays a padded summand.
    if (before < filled || !inner) continue;
    if (before > filled) laid.push(zeros(before - filled));
    laid.push(inner);
    used.add(pad);
    filled = extent - after;
  }
  if (used.size < 2) return parts;
  if (filled < extent) laid.push(zeros(extent - filled));
  // One summand can come several times (x + x sends the same node back twice): only the copy that was laid goes.
  return [b.join(laid, axis), ...parts.filter((part) => !used.delete(part))];
}

function mergeProducts(b: GraphBuilder, parts: readonly Node[]): readonly Node[] {
  const groups = new Map<string, (NodeOf<'matmul'> & Node)[]>();
  const rest: Node[] = [];
  for (const part of parts) {
    if (part.operation !== 'matmul') {
      rest.push(part);
      continue;
    }
    const key = JSON.stringify(part.attributes);
    groups.set(key, [...(groups.get(key) ?? []), part]);
  }
  for (const group of groups.values()) {
    const [first] = group;
    const operands = group.flatMap((product) => product.inputs);
    const copied = operands.reduce((sum, operand) => sum + sizeOf(operand.shape), 0);
    // Joining copies the operands and saves writing and adding up the products: worth it when those are larger.
    if (!first || group.length < 2 || copied > group.length * sizeOf(first.shape)) {
      rest.push(...group);
      continue;
    }
    const { transposeA, transposeB } = first.attributes;
    const side = (index: 0 | 1) => group.flatMap((product) => product.inputs[index] ?? []);
    const joinedA = b.join(side(0), transposeA ? 0 : 1);
    const joinedB = b.join(side(1), transposeB ? 1 : 0);
    rest.push(b.matmul(joinedA, joinedB, first.attributes));
  }
  return rest;
}
