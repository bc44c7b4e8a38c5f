import { afterAll, describe, expect, it } from 'vitest';
import type { Program } from '../../../src/engine/engine.ts';
import { createEngine } from '../../../src/engine/index.ts';
import { loweringFor } from '../../../src/engine/onnx/lower.ts';
import { GraphBuilder } from '../../../src/graph/graph.ts';
import type { Shape } from '../../../src/graph/node.ts';
import { sizeOf } from '../../../src/graph/node.ts';
import { uniformNumbers, zipfLikeIds } from '../../sizes/generated.ts';

const programs: Program[] = [];
afterAll(async () => {
  for (const program of programs) await program.dispose();
});

async function compile(build: (b: GraphBuilder) => ReturnType<GraphBuilder['tanh']>, threads: number) {
  const engine = await createEngine({ name: 'onnx', device: 'cpu', threads });
  const b = new GraphBuilder();
  const program = await engine.compile(b.finish({ result: build(b) }));
  programs.push(program);
  return async (feeds: Parameters<Program['run']>[1]) =>
    (await program.run(engine.createVariables(), feeds))['result'] ?? new Float32Array();
}

describe('a sum of squares', () => {
  const { squaresInPart } = loweringFor.cpu;
  const shapes: Record<string, Shape> = {
    'two million elements in a matrix': [200, 10_000],
    'two million elements in a vector': [2_000_000],
    'as many as are added up at once': [2 * squaresInPart],
    'rows of a size that no part divides': [2, 1_000_003],
    'a vector of a size that nothing divides': [1_000_003],
    'rows that are long parts': [10, 250_007],
    'one number': [],
  };
  it.each(Object.entries(shapes))('of %s is right to 1e-6', async (_, shape) => {
    const x = uniformNumbers('x', sizeOf(shape), 1);
    const [sum] = await (await compile((b) => b.sumOfSquares(b.input('x', shape)), 2))({ x });
    const expected = x.reduce((total, value) => total + value ** 2, 0);
    expect(Math.abs((sum ?? NaN) / expected - 1)).toBeLessThan(1e-6);
  });
});

describe('rows of equal ids', () => {
  it('add up the same way in 20 repeats with 8 threads as on one', async () => {
    const [rows, width, count] = [50, 650, 300];
    const feeds = {
      ids: zipfLikeIds('ids', count, rows),
      updates: uniformNumbers('updates', count * width, 1),
      base: uniformNumbers('base', rows * width, 1),
    };
    const build = (b: GraphBuilder) =>
      b.scatterAdd(
        b.input('base', [rows, width]),
        b.input('ids', [count], 'integer'),
        b.input('updates', [count, width]),
      );
    const expected = Float64Array.from(feeds.base);
    feeds.ids.forEach((id, row) => {
      for (let column = 0; column < width; column++) {
        expected[id * width + column] =
          (expected[id * width + column] ?? NaN) + (feeds.updates[row * width + column] ?? NaN);
      }
    });
    const first = await (await compile(build, 1))(feeds);
    const furthest = first.reduce(
      (worst, value, index) => Math.max(worst, Math.abs(value - (expected[index] ?? NaN))),
      0,
    );
    expect(furthest).toBeLessThan(1e-4);
    const run = await compile(build, 8);
    for (let repeat = 0; repeat < 20; repeat++)
      expect(Buffer.compare(bytesOf(await run(feeds)), bytesOf(first))).toBe(0);
  });
});

const bytesOf = (data: Float32Array) => Buffer.from(data.buffer, data.byteOffset, data.byteLength);
