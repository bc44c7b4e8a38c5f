import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { configurationSchema } from '../../src/config/schema.ts';
import type { ModelConfiguration } from '../../src/config/schema.ts';
import type { Engine, Variables } from '../../src/engine/engine.ts';
import { createEngine } from '../../src/engine/index.ts';
import { evaluate } from '../../src/engine/reference/engine.ts';
import { GraphBuilder } from '../../src/graph/graph.ts';
import type { Reading } from '../../src/model/network.ts';
import { buildUnrolledLanguageModel, stateSpecifications } from '../../src/model/languageModel.ts';
import { cellIds, visibleGates } from '../../src/config/cells.ts';
import { Reader } from '../../src/trainedModel/reader.ts';
import { initialParameters } from '../../src/training/parameters.ts';
import { expectClose } from './close.ts';
import { randomSource, wholeNumbers } from './random.ts';

/** A reader, which takes a network apart and a text in pieces, against the graph that trains the network, in float64. */

const tolerance = 1e-5;
const vocabularySize = 23;
const hidden = 6;
/** Two whole calls of the engine and a part of one. */
const tokens = 70;

const networks = cellIds.flatMap((cell) =>
  (['forward', 'bidirectional'] as const).flatMap((direction) =>
    [false, true].map((tiedEmbeddings) => ({ cell, direction, tiedEmbeddings, layers: tiedEmbeddings ? 1 : 2 })),
  ),
);

/** What the training graph makes of a text: the cost of each target, and every layer's states and gates. */
function expected(model: ModelConfiguration, parameters: Map<string, { data: Float32Array }>, text: Int32Array) {
  const b = new GraphBuilder();
  const steps = model.direction === 'bidirectional' ? tokens - 2 : tokens - 1;
  const built = buildUnrolledLanguageModel(b, { model, vocabularySize, batchSize: 1, steps });
  const series = new Map<string, ReturnType<typeof b.join>>();
  for (const { reading, layers } of built.stacks)
    for (const [layer, { steps: made }] of layers.entries()) {
      made[0]?.states.forEach((_, index) =>
        series.set(
          `${reading} ${layer} ${index === 0 ? 'h' : 'c'}`,
          b.join(
            made.flatMap((step) => step.states[index] ?? []),
            0,
          ),
        ),
      );
      for (const gate of visibleGates(model.cell))
        series.set(
          `${reading} ${layer} ${gate}`,
          b.join(
            made.flatMap((step) => step.inside()[gate] ?? []),
            0,
          ),
        );
    }
  const graph = b.finish({ losses: built.losses, ...Object.fromEntries(series) });
  const variables: Record<string, ArrayLike<number>> = Object.fromEntries(
    [...parameters].map(([name, { data }]) => [name, data]),
  );
  for (const { name } of stateSpecifications(model, 1)) variables[name] = new Float32Array(hidden);
  const feeds = {
    tokens: [...text.subarray(0, steps + (model.direction === 'bidirectional' ? 2 : 0))],
    targets: [...text.subarray(1, steps + 1)],
  };
  return { steps, names: [...series.keys()], outputs: evaluate(graph, feeds, variables).outputs };
}

describe('a reader of a trained model', () => {
  let engine: Engine;
  const opened: { reader: Reader; variables: Variables }[] = [];
  const readerOf = (model: ModelConfiguration, parameters: ReturnType<typeof initialParameters>): Reader => {
    const variables = engine.createVariables();
    for (const [name, tensor] of parameters) variables.set(name, tensor);
    const reader = new Reader(engine, variables, { model, vocabularySize });
    opened.push({ reader, variables });
    return reader;
  };
  beforeAll(async () => {
    engine = await createEngine({ name: 'onnx', device: 'cpu', threads: 1 });
  });
  afterAll(async () => {
    for (const { reader, variables } of opened) {
      await reader.dispose();
      variables.dispose();
    }
  });

  it.each(networks)('makes what the training graph makes: $cell, $direction, $layers layers', async (network) => {
    const { model } = configurationSchema.parse({ model: { ...network, hiddenSize: hidden, initScale: 0.9 } });
    const parameters = initialParameters(model, vocabularySize, 5);
    const text = wholeNumbers(randomSource(11), tokens, vocabularySize);
    const { steps, names, outputs } = expected(model, parameters, text);
    const reader = readerOf(model, parameters);
    const found = new Map(names.map((name) => [name, new Float32Array(steps * hidden)]));
    const readings: Reading[] = network.direction === 'bidirectional' ? ['forward', 'backward'] : ['forward'];
    for (const reading of readings) {
      // The backward layers read what stands behind each target, from the end.
      const read = reading === 'forward' ? text.slice(0, steps) : text.slice(2).reverse();
      for await (const chunk of reader.read(read, { reading, gates: true }))
        for (const [name, values] of found) {
          const [of = '', layer = '', series = ''] = name.split(' ');
          if (of !== reading) continue;
          for (let place = 0; place < chunk.count; place++) {
            const row = chunk.series(Number(layer), series).subarray(place * hidden, (place + 1) * hidden);
            const at = chunk.start + place;
            values.set(row, (reading === 'forward' ? at : steps - 1 - at) * hidden);
          }
        }
    }
    expect(names.length).toBeGreaterThan(0);
    for (const [name, values] of found) expectClose(values, outputs[name]?.data ?? [], { tolerance, what: name });
    const last = network.layers - 1;
    const { losses, probabilities } = await reader.predict(
      readings.map((reading) => found.get(`${reading} ${last} h`) ?? new Float32Array(0)),
      text.slice(1, steps + 1),
    );
    expectClose(losses, outputs['losses']?.data ?? [], { tolerance, what: 'costs' });
    const chosen = Float32Array.from(
      losses,
      (_, row) => -Math.log(probabilities[row * vocabularySize + (text[row + 1] ?? 0)] ?? NaN),
    );
    expectClose(chosen, losses, { tolerance, what: 'probabilities' });
  });

  it('goes on from states as if it had not stopped, and reads streams side by side', async () => {
    const { model } = configurationSchema.parse({ model: { hiddenSize: hidden, layers: 2, initScale: 0.9 } });
    const reader = readerOf(model, initialParameters(model, vocabularySize, 9));
    const streams = [3, 4, 5].map((seed) => wholeNumbers(randomSource(seed), 41, vocabularySize));
    const alone = await Promise.all(
      streams.map(async (stream) => {
        let states = reader.zeroStates();
        // One word at a time, each time from the states before it.
        for (const id of stream) for await (const chunk of reader.read([id], { states })) states = chunk.statesAfter(0);
        return states;
      }),
    );
    const together = Array.from({ length: 41 * 3 }, (_, place) => streams[place % 3]?.[Math.floor(place / 3)] ?? 0);
    let states = reader.zeroStates(3);
    for await (const chunk of reader.read(together, { batchSize: 3 })) states = chunk.statesAfter(chunk.count - 1);
    for (const [index, state] of states.entries())
      expectClose(
        state,
        alone.flatMap((stream) => [...(stream[index] ?? [])]),
        { tolerance, what: `state ${index}` },
      );
  });

  it('ends between two calls of the engine when it is told to', async () => {
    const { model } = configurationSchema.parse({ model: { hiddenSize: hidden, layers: 1 } });
    const reader = readerOf(model, initialParameters(model, vocabularySize, 9));
    const ending = new AbortController();
    const read = async (): Promise<void> => {
      for await (const { start } of reader.read(new Int32Array(1000), { signal: ending.signal }))
        if (start > 0) ending.abort(new Error('enough'));
    };
    await expect(read()).rejects.toThrow('enough');
  });
});
