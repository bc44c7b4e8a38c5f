import { afterAll, describe, expect, it } from 'vitest';
import { cellIds } from '../../src/config/cells.ts';
import type { ConfigurationInput, ModelConfiguration } from '../../src/config/schema.ts';
import { evaluate } from '../../src/engine/reference/engine.ts';
import { gradients } from '../../src/graph/gradients.ts';
import { GraphBuilder } from '../../src/graph/graph.ts';
import { sizeOf } from '../../src/graph/node.ts';
import type { Node, NodeOf } from '../../src/graph/node.ts';
import { buildLanguageModel, feedNames } from '../../src/model/languageModel.ts';
import { expectClose, Largest } from './close.ts';
import { finiteDifferences, scalar } from './finiteDifferences.ts';
import type { Numbers } from './finiteDifferences.ts';
import { tinyConfiguration } from './languageModel.ts';
import { randomSource, uniform, wholeNumbers } from './random.ts';

/** Central differences in float64; the gradients are about 0.1. */
const tolerance = 1e-6;
const vocabularySize = 6;
const largest = new Largest();
afterAll(() => largest.print('every network against central differences'));

export const networks = cellIds.flatMap((cell) =>
  (['forward', 'bidirectional'] as const).flatMap((direction) =>
    [1, 2, 3].map((layers) => ({ cell, direction, layers })),
  ),
);

/** A model's cost with everything that it is fed, in ±0.8. */
function prepare(model: Partial<ModelConfiguration>, training: ConfigurationInput['training'] = {}) {
  const configuration = tinyConfiguration({
    model: { hiddenSize: 3, ...model },
    training: { batchSize: 2, steps: 3, inputKeepProbability: 0.75, outputKeepProbability: 0.5, ...training },
  });
  const b = new GraphBuilder();
  const { losses, parameters, states, masks, logits } = buildLanguageModel(b, {
    model: configuration.model,
    vocabularySize,
    batchSize: configuration.training.batchSize,
    steps: configuration.training.steps,
    dropout: configuration.training,
  });
  const cost = b.multiply(b.sum(losses), b.constant(1 / 2));
  const next = randomSource(17);
  const variables: Record<string, Float64Array> = {};
  for (const { attributes, shape } of [...parameters, ...states.keys()])
    variables[attributes.name] = Float64Array.from(uniform(next, sizeOf(shape), -0.8, 0.8));
  const graph = b.finish({ cost, logits });
  const feeds: Record<string, ArrayLike<number>> = Object.fromEntries(
    [...graph.inputs].map(([name, { shape, type }]) => [
      name,
      type === 'integer' ? wholeNumbers(next, sizeOf(shape), vocabularySize) : new Float64Array(sizeOf(shape)),
    ]),
  );
  for (const { name, shape, keepProbability } of masks)
    feeds[name] = Float64Array.from({ length: sizeOf(shape) }, () => (next() < 0.7 ? 1 / keepProbability : 0));
  return { b, cost, graph, parameters: parameters as (NodeOf<'variable'> & Node)[], variables, feeds, masks };
}

function expectGradients(prepared: ReturnType<typeof prepare>, heading: string): void {
  const { b, cost, graph, parameters, variables, feeds } = prepared;
  const found = gradients(b, cost, parameters);
  const named = Object.fromEntries(
    [...found].map(
      ([
        {
          attributes: { name },
        },
        node,
      ]) => [name, node],
    ),
  );
  const { outputs } = evaluate(b.finish(named), feeds, variables);
  for (const name of Object.keys(named)) {
    const f = (moved: Numbers) => scalar(graph, 'cost', { feeds, variables: moved });
    const expected = finiteDifferences(f, variables, name);
    const difference = expectClose(outputs[name]?.data ?? [], expected, { tolerance, floor: 1e-2, what: name });
    largest.note(heading, difference);
    // A part of the network that nothing reaches would have passed.
    expect(
      expected.some((value) => Math.abs(value) > 1e-6),
      name,
    ).toBe(true);
  }
}

describe('the gradients of every parameter are the central differences', () => {
  it.each(networks)('$cell, $direction, $layers layers', (network) => {
    expectGradients(prepare(network), `${network.cell} ${network.direction} × ${network.layers}`);
  });

  it.each(networks.filter(({ layers }) => layers === 2))('$cell, $direction, tied and variational', (network) => {
    const prepared = prepare({ ...network, tiedEmbeddings: true }, { variationalDropout: true });
    for (const { shape } of prepared.masks) expect(shape).toEqual([2, 3]);
    expectGradients(prepared, `tied, variational ${network.cell} ${network.direction}`);
  });
});

describe('a bidirectional network', () => {
  const bidirectional = networks.filter(({ direction }) => direction === 'bidirectional');

  it.each(bidirectional)(
    'does not see the word that it predicts, and sees all others ($cell, $layers layers)',
    (network) => {
      // Without dropout, that nothing is hidden by a mask.
      const { graph, feeds, variables } = prepare(network, { inputKeepProbability: 1, outputKeepProbability: 1 });
      const tokens = Int32Array.from(feeds[feedNames.tokens] ?? []);
      const logits = (text: Int32Array) =>
        evaluate(graph, { ...feeds, [feedNames.tokens]: text }, variables).outputs['logits']?.data;
      const [batch, steps] = [2, 3];
      const before = logits(tokens);
      expect(tokens.length).toBe((steps + 2) * batch);
      for (let place = 0; place < tokens.length; place++) {
        const changed = Int32Array.from(tokens);
        changed[place] = ((tokens[place] ?? 0) + 1) % vocabularySize;
        const after = logits(changed);
        for (let row = 0; row < steps * batch; row++) {
          const part = (data: Float64Array | undefined) => [
            ...(data ?? []).slice(row * vocabularySize, (row + 1) * vocabularySize),
          ];
          const isSame = part(before).every((value, index) => value === part(after)[index]);
          // Row `row` predicts the word one step further on; the other stream of the batch has nothing to do with it.
          const isTarget = place === row + batch;
          const isOtherStream = place % batch !== row % batch;
          expect(isSame, `word ${place} and the prediction of word ${row + batch}`).toBe(isTarget || isOtherStream);
        }
      }
    },
  );
});

describe('a forward network', () => {
  it.each(networks.filter(({ direction }) => direction === 'forward'))(
    'sees the words before alone ($cell, $layers layers)',
    (network) => {
      const { graph, feeds, variables } = prepare(network, { inputKeepProbability: 1, outputKeepProbability: 1 });
      const tokens = Int32Array.from(feeds[feedNames.tokens] ?? []);
      const changed = Int32Array.from(tokens);
      changed[2] = ((tokens[2] ?? 0) + 1) % vocabularySize;
      const [before, after] = [tokens, changed].map(
        (text) => evaluate(graph, { ...feeds, [feedNames.tokens]: text }, variables).outputs['logits']?.data,
      );
      const differs = (row: number) =>
        (before?.[row * vocabularySize] ?? NaN) !== (after?.[row * vocabularySize] ?? NaN);
      expect([0, 1, 2, 3, 4, 5].map(differs)).toEqual([false, false, true, false, true, false]);
    },
  );
});
