import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { loweredSize, loweringFor, lowerToOnnx } from '../../../src/engine/onnx/lower.ts';
import type { LoweringOptions } from '../../../src/engine/onnx/lowering.ts';
import { modelProto } from '../../../src/engine/onnx/schema.ts';
import { configurationSchema } from '../../../src/config/schema.ts';
import { gradients } from '../../../src/graph/gradients.ts';
import { GraphBuilder } from '../../../src/graph/graph.ts';
import type { Graph, Node } from '../../../src/graph/node.ts';
import { buildTrainingGraph } from '../../../src/training/trainingGraph.ts';

const operatorSchema = z.object({
  opType: z.string(),
  input: z.array(z.string()).default([]),
  output: z.array(z.string()),
});

const modelSchema = z.object({
  irVersion: z.number(),
  opsetImport: z.tuple([z.object({ version: z.number() })]),
  graph: z.object({
    node: z.array(
      operatorSchema.extend({
        attribute: z
          .array(
            z.object({
              name: z.string(),
              i: z.number().optional(),
              f: z.number().optional(),
              g: z.object({ node: z.array(operatorSchema) }).optional(),
            }),
          )
          .default([]),
      }),
    ),
    input: z.array(z.object({ name: z.string() })).default([]),
    output: z.array(z.object({ name: z.string() })),
    initializer: z.array(z.object({ name: z.string() })).default([]),
  }),
});

function lower(graph: Graph, options: LoweringOptions = loweringFor.cpu) {
  const message = modelProto().decode(lowerToOnnx(graph, options).bytes);
  return modelSchema.parse(modelProto().toObject(message, { longs: Number })).graph;
}

/** How many operators of each kind there are. */
function count(graph: Graph, options?: LoweringOptions): Record<string, number> {
  return countOf(lower(graph, options).node);
}

function countOf(operators: readonly { opType: string }[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { opType } of operators) counts[opType] = (counts[opType] ?? 0) + 1;
  return counts;
}

const start = () => {
  const b = new GraphBuilder();
  return { b, x: b.input('x', [4, 6]), w: b.variable('w', [6, 5]), row: b.variable('row', [5]) };
};

describe('a lowered graph', () => {
  it('names inputs, variables, outputs and updates, and defines each value before its use', () => {
    const { b, x, w, row } = start();
    const y = b.add(b.matmul(x, w), row);
    const model = lower(b.finish({ y, loss: b.sumOfSquares(y) }, new Map([[row, b.sum(y, { axes: [0] })]])));
    expect(model.input.map(({ name }) => name)).toEqual(['in:x', 'var:w', 'var:row']);
    expect(model.output.map(({ name }) => name)).toEqual(['new:row', 'out:y', 'out:loss']);
    const known = new Set([...model.input, ...model.initializer].map(({ name }) => name));
    for (const { input, output } of model.node) {
      for (const name of input) expect(known).toContain(name);
      for (const name of output) {
        expect(known).not.toContain(name);
        known.add(name);
      }
    }
    for (const { name } of model.output) expect(known).toContain(name);
  });

  it('computes a product and what is added to it at once', () => {
    const { b, x, w, row } = start();
    expect(count(b.finish({ y: b.add(b.matmul(x, w), row) }))).toEqual({ Gemm: 1 });
    expect(count(b.finish({ y: b.add(b.constant(2), b.matmul(x, w)) }))).toEqual({ Gemm: 1 });
    const full = b.input('full', [4, 5]);
    expect(count(b.finish({ y: b.add(b.matmul(x, w), full) }))).toEqual({ Gemm: 1 });
    expect(count(b.finish({ y: b.add(full, b.matmul(x, w)) }))).toEqual({ Gemm: 1 });
    // What the product itself would be repeated for is added after it.
    expect(count(b.finish({ y: b.add(b.matmul(b.input('z', [1, 6]), w), full) }))).toEqual({ Gemm: 1, Add: 1 });
  });

  it('keeps a product that has another user', () => {
    const { b, x, w } = start();
    const product = b.matmul(x, w);
    const full = b.input('full', [4, 5]);
    expect(count(b.finish({ y: b.add(product, full), z: b.tanh(product) }))).toEqual({ Gemm: 1, Add: 1, Tanh: 1 });
    expect(count(b.finish({ y: b.add(product, full), product }))).toEqual({ Gemm: 1, Add: 1 });
    expect(count(b.finish({ y: b.add(product, product) }))).toEqual({ Gemm: 1, Add: 1 });
  });

  it('fuses one of two products', () => {
    const { b, x, w } = start();
    const other = b.matmul(b.input('z', [4, 2]), b.input('v', [2, 5]));
    expect(count(b.finish({ y: b.add(b.matmul(x, w), other) }))).toEqual({ Gemm: 2 });
  });

  it('transposes a left operand first, and once for all its products', () => {
    const { b, x } = start();
    const [p, q] = [b.input('p', [4, 2]), b.input('q', [4, 3])];
    const graph = b.finish({ y: b.matmul(x, p, { transposeA: true }), z: b.matmul(x, q, { transposeA: true }) });
    expect(count(graph)).toEqual({ Transpose: 1, Gemm: 2 });
  });

  it('writes the scale and the transposition of a product as attributes', () => {
    const { b, x } = start();
    const graph = b.finish({ y: b.matmul(x, b.input('q', [3, 6]), { transposeB: true, scale: 0.25 }) });
    const attributes = lower(graph).node[0]?.attribute.map(({ name, i, f }) => [name, i ?? f]);
    expect(attributes).toEqual([
      ['transB', 1],
      ['alpha', 0.25],
    ]);
  });

  const slices = (b: GraphBuilder, x: Node, cuts: readonly (readonly [number, number])[]) =>
    b.finish(Object.fromEntries(cuts.map(([from, to]) => [`${from}…${to}`, b.slice(x, 1, from, to)])));

  it('cuts a tensor that slices tile by one Split', () => {
    const { b, x } = start();
    expect(
      count(
        slices(b, x, [
          [0, 2],
          [2, 3],
          [3, 6],
        ]),
      ),
    ).toEqual({ Split: 1 });
    expect(
      lower(
        slices(b, x, [
          [3, 6],
          [0, 2],
          [2, 3],
        ]),
      ).node[0]?.output,
    ).toEqual(['out:0…2', 'out:2…3', 'out:3…6']);
  });

  it('slices where a gap, an overlap or an end is left', () => {
    const { b, x } = start();
    expect(
      count(
        slices(b, x, [
          [0, 2],
          [3, 6],
        ]),
      ),
    ).toEqual({ Slice: 2 });
    expect(
      count(
        slices(b, x, [
          [0, 4],
          [2, 6],
        ]),
      ),
    ).toEqual({ Slice: 2 });
    expect(
      count(
        slices(b, x, [
          [0, 2],
          [2, 4],
        ]),
      ),
    ).toEqual({ Slice: 2 });
  });

  it('joins and splits within the buffers that a WebGPU kernel takes', () => {
    const build = (parts: number) => {
      const b = new GraphBuilder();
      const x = b.input('x', [parts, 2]);
      const rows = Array.from({ length: parts }, (_, index) => b.tanh(b.slice(x, 0, index, index + 1)));
      return b.finish({ y: b.join(rows.reverse(), 0) });
    };
    expect(count(build(7), loweringFor.webgpu)).toEqual({ Split: 1, Tanh: 7, Concat: 1 });
    expect(count(build(17), loweringFor.webgpu)).toEqual({ Slice: 17, Tanh: 17, Concat: 4 });
    expect(count(build(50), loweringFor.webgpu)).toEqual({ Slice: 50, Tanh: 50, Concat: 11 });
    expect(count(build(17), loweringFor.cpu)).toEqual({ Split: 1, Tanh: 17, Concat: 1 });
    for (const { opType, input, output } of lower(build(50), loweringFor.webgpu).node) {
      expect(Math.max(input.length, output.length), opType).toBeLessThanOrEqual(7);
    }
  });

  it('computes the softmax of a cross entropy once, for the loss and the gradient', () => {
    const { b, x, w } = start();
    const loss = b.sum(b.crossEntropy(b.matmul(x, w), b.input('targets', [4], 'integer')));
    const graph = b.finish({ loss, gradient: gradients(b, loss, [w]).get(w) ?? loss });
    expect(count(graph)['Softmax']).toBe(1);
    expect(count(graph)['GatherElements']).toBe(1);
  });

  it('writes a training step with as few large operators as there are large products, whatever its steps', () => {
    const steps = (count: number) =>
      configurationSchema.parse({
        model: { layers: 2, hiddenSize: 8 },
        training: { batchSize: 2, steps: count },
      });
    const { node } = lower(buildTrainingGraph(steps(10), 20).graph);
    const outside = countOf(node);
    // A layer: input projection, its two gradients, one gradient of the recurrent weights, one sum for the bias. The output
    // layer: three products, the bias as a row of its weights.
    expect(outside['Gemm']).toBe(2 * (3 + 1 + 1) + 3);
    expect(outside['ScatterND']).toBeUndefined();
    // The rows of the embedding, and the targets' places in the softmax.
    expect(outside['ScatterElements']).toBe(2);
    expect(outside['Softmax']).toBe(1);
    // Forward and back for each layer, with one product a step.
    const bodies = node.flatMap(({ attribute }) => attribute.flatMap(({ g }) => (g ? [countOf(g.node)] : [])));
    expect(bodies.map(({ Gemm }) => Gemm)).toEqual([1, 1, 1, 1]);
    const bytes = (count: number) =>
      lowerToOnnx(buildTrainingGraph(steps(count), 20).graph, loweringFor.cpu).bytes.length;
    // Rows of ones and numbers of steps, no more operators.
    expect(lower(buildTrainingGraph(steps(40), 20).graph).node.length).toBe(node.length);
    expect(bytes(40) - bytes(10)).toBeLessThan(2000);
  });

  it('is as large as its loops are once they are unrolled, where the device runs none', () => {
    const configuration = configurationSchema.parse({
      model: { hiddenSize: 8 },
      training: { batchSize: 2, steps: 50 },
    });
    const { graph } = buildTrainingGraph(configuration, 20);
    expect(loweredSize(graph, loweringFor.cpu)).toBe(graph.nodes.length);
    expect(loweredSize(graph, loweringFor.webgpu)).toBeGreaterThan(20 * 50 * configuration.model.layers);
  });
});
