import type { Scalar, Tensor, Variable } from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cellIds } from '../../src/config/cells.ts';
import type { CellId } from '../../src/config/cells.ts';
import { configurationSchema } from '../../src/config/schema.ts';
import { evaluate } from '../../src/engine/reference/engine.ts';
import { loadTensorflow } from '../../src/engine/tensorflow/library.ts';
import { lowerings } from '../../src/engine/tensorflow/eager/lowerings.ts';
import { Planner } from '../../src/engine/tensorflow/eager/plan.ts';
import { gradients } from '../../src/graph/gradients.ts';
import { GraphBuilder } from '../../src/graph/graph.ts';
import { sizeOf } from '../../src/graph/node.ts';
import type { Node } from '../../src/graph/node.ts';
import { buildLanguageModel } from '../../src/model/languageModel.ts';
import { expectClose, Largest } from './close.ts';
import { randomSource, uniform, wholeNumbers } from './random.ts';
import { registerTensorflowGradients } from './tensorflow.ts';

/**
 * TensorFlow.js differentiates by its own rules, on a tape of what it has run. Here it runs the forward graph alone; what
 * it gives must be what the backward graph of ours gives, from another differentiation and another arithmetic (float64).
 * On the backend `cpu`, as WebAssembly has no UnsortedSegmentSum, which is TensorFlow.js's gradient of an embedding.
 */
const tolerance = 1e-4;
const largest = new Largest();
afterAll(() => largest.print("gradients against TensorFlow.js's own"));

beforeAll(registerTensorflowGradients);

const vocabularySize = 13;
const [batchSize, steps] = [3, 4];

function languageModel(cell: CellId, direction: 'forward' | 'bidirectional', layers: number) {
  const { model } = configurationSchema.parse({ model: { cell, direction, layers, hiddenSize: 5 } });
  const b = new GraphBuilder();
  const { losses, parameters } = buildLanguageModel(b, { model, vocabularySize, batchSize, steps });
  const cost = b.multiply(b.sum(losses), b.constant(1 / batchSize));
  const forward = b.finish({ cost });
  const gradientOf = gradients(b, cost, parameters as (Node & { operation: 'variable' })[]);
  const backward = b.finish({
    cost,
    ...Object.fromEntries([...gradientOf].map(([parameter, gradient]) => [parameter.attributes.name, gradient])),
  });
  const next = randomSource(61);
  const values = Object.fromEntries(
    [...forward.variables].map(([name, { shape }]) => [name, uniform(next, sizeOf(shape), -0.8, 0.8)]),
  );
  const feeds = Object.fromEntries(
    [...forward.inputs].map(([name, { shape }]) => [name, wholeNumbers(next, sizeOf(shape), vocabularySize)]),
  );
  return { forward, backward, values, feeds, names: parameters.map(({ attributes }) => attributes.name) };
}

/** The cost, and its gradient by every variable of the graph, as TensorFlow.js takes them. */
async function tapeGradients({ forward, values, feeds }: ReturnType<typeof languageModel>) {
  const { tf } = await loadTensorflow({ backend: 'cpu' });
  await tf.setBackend('cpu');
  const plan = new Planner(forward, 'cpu', lowerings).plan();
  const variables = new Map<string, Variable>();
  for (const [name, { shape }] of forward.variables)
    variables.set(name, tf.variable(tf.tensor(values[name] ?? [], [...shape]), true, name));
  try {
    const { value, grads } = tf.variableGrads(() => {
      const slots: Tensor[] = [];
      plan.steps.forEach(({ compute, inputs }, slot) => {
        const variable = plan.variables.get(slot);
        const operands = inputs.flatMap((input) => slots[input] ?? []);
        const tensor = variable ? variables.get(variable.attributes.name) : compute({ tf, feeds }, operands);
        if (tensor) slots[slot] = tensor;
      });
      return slots[plan.outputs.get('cost') ?? NaN] as Scalar;
    });
    const gradientData = Object.fromEntries(Object.entries(grads).map(([name, grad]) => [name, grad.dataSync()]));
    const cost = value.dataSync();
    tf.dispose([value, grads]);
    return { cost, gradientData };
  } finally {
    for (const variable of variables.values()) variable.dispose();
  }
}

const cases = cellIds.flatMap((cell) =>
  (['forward', 'bidirectional'] as const).flatMap((direction) =>
    [1, 2].map((layers) => ({ title: `${cell}, ${direction}, ${layers} deep`, cell, direction, layers })),
  ),
);

describe("gradients agree with TensorFlow.js's own", () => {
  it.each(cases)('$title', async ({ cell, direction, layers }) => {
    const model = languageModel(cell, direction, layers);
    const { cost, gradientData } = await tapeGradients(model);
    const { outputs } = evaluate(model.backward, model.feeds, model.values);
    expectClose(cost, outputs['cost']?.data ?? [], { tolerance, what: 'cost' });
    expect(model.names.length).toBeGreaterThan(4);
    for (const name of model.names) {
      const ours = outputs[name]?.data ?? new Float64Array();
      const difference = expectClose(gradientData[name] ?? [], ours, { tolerance, what: `gradient by ${name}` });
      largest.note(`${cell}, ${direction}`, difference);
      expect(
        ours.some((value) => Math.abs(value) > 1e-3),
        `gradient by ${name} is not all zero`,
      ).toBe(true);
    }
  });
});
