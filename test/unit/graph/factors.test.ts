import { describe, expect, it } from 'vitest';
import { evaluate } from '../../../src/engine/reference/engine.ts';
import { combineFactors } from '../../../src/graph/factors.ts';
import { GraphBuilder } from '../../../src/graph/graph.ts';
import type { Node, Shape } from '../../../src/graph/node.ts';
import { sizeOf } from '../../../src/graph/node.ts';

interface Operands {
  g: Node;
  h: Node;
  column: Node;
  a: Node;
  c: Node;
}

/** Written with names: what varies is g, h [2, 3] and the column [2, 1]; a [2, 3] and c [2, 1] do not. */
function written(node: Node): string {
  const [left = '', right = ''] = node.inputs.map(written);
  if (node.operation === 'input') return node.attributes.name;
  if (node.operation === 'constant') return `${node.attributes.value}`;
  if (node.operation === 'join') return `[${node.inputs.map(written).join(', ')}]`;
  const signs: Partial<Record<string, string>> = { multiply: '·', divide: '/', add: '+' };
  const sign = signs[node.operation];
  return sign ? `(${left} ${sign} ${right})` : `${node.operation}(${left})`;
}

/** What a value is rewritten to, checked to be the same number in every element. */
function combined(build: (b: GraphBuilder, operands: Operands) => Node): string {
  const b = new GraphBuilder();
  const shapes: Record<keyof Operands, Shape> = { g: [2, 3], h: [2, 3], column: [2, 1], a: [2, 3], c: [2, 1] };
  const input = (name: keyof Operands) => b.input(name, shapes[name]);
  const operands = { g: input('g'), h: input('h'), column: input('column'), a: input('a'), c: input('c') };
  const before = build(b, operands);
  const after = combineFactors(b, before, new Set([operands.g, operands.h, operands.column]));
  const feeds = Object.fromEntries(
    Object.entries(shapes).map(([name, shape], place) => [
      name,
      Array.from({ length: sizeOf(shape) }, (_, index) => 0.5 + place + index / 4),
    ]),
  );
  const { outputs } = evaluate(b.finish({ before, after }), feeds, {});
  expect(outputs['after']?.shape).toEqual(outputs['before']?.shape);
  outputs['before']?.data.forEach((value, index) => expect(outputs['after']?.data[index]).toBeCloseTo(value, 10));
  return written(after);
}

describe('what does not vary stands together', () => {
  it('in products and quotients', () => {
    expect(combined((b, { g, a, c }) => b.multiply(b.multiply(g, a), c))).toBe('(g · (a · c))');
    expect(combined((b, { g, a, c }) => b.multiply(c, b.multiply(a, g)))).toBe('(g · (a · c))');
    expect(combined((b, { g, a, c }) => b.divide(b.multiply(g, a), c))).toBe('(g · (a / c))');
    expect(combined((b, { g, h, a }) => b.multiply(b.multiply(g, a), h))).toBe('((g · a) · h)');
    expect(combined((b, { g, a }) => b.divide(a, g))).toBe('(a / g)');
  });

  it('where a factor repeats what varies along an axis', () => {
    expect(combined((b, { column, a, c }) => b.multiply(b.multiply(column, a), c))).toBe('(column · (a · c))');
    expect(combined((b, { column, a, c }) => b.multiply(b.multiply(column, c), a))).toBe('(column · (c · a))');
    expect(combined((b, { column, a }) => b.add(column, b.multiply(column, a)))).toBe('(column · (1 + a))');
  });

  it('in sums of products of the same', () => {
    expect(combined((b, { g, a, c }) => b.add(b.multiply(g, a), b.multiply(c, g)))).toBe('(g · (a + c))');
    expect(combined((b, { g, a }) => b.add(b.multiply(g, a), g))).toBe('(g · (a + 1))');
    expect(combined((b, { g, h, a }) => b.add(b.multiply(g, a), b.multiply(h, a)))).toBe('((g · a) + (h · a))');
  });

  it('in products laid end to end', () => {
    expect(combined((b, { g, h, a, c }) => b.join([b.multiply(g, a), b.multiply(b.multiply(h, c), a)], 1))).toBe(
      '([g, h] · [a, (c · a)])',
    );
    expect(combined((b, { g, h, a }) => b.join([b.multiply(g, a), h], 0))).toBe('([g, h] · [a, 1])');
  });

  it('not where most of what is laid end to end is no product, or its factors have other shapes', () => {
    expect(combined((b, { g, h, a }) => b.join([b.multiply(g, a), h, b.tanh(h)], 0))).toBe('[(g · a), h, tanh(h)]');
    expect(combined((b, { column, a }) => b.join([b.multiply(column, a), b.multiply(a, column)], 1))).toBe(
      '[(column · a), (a · column)]',
    );
  });

  it('leaves alone what does not vary', () => {
    expect(combined((b, { a, c }) => b.multiply(b.multiply(a, c), c))).toBe('((a · c) · c)');
  });
});
