import { visibleGates } from '../config/cells.ts';
import { readingsOf } from '../config/vocabulary.ts';
import type { ModelConfiguration } from '../config/schema.ts';
import { lastLayerSize, layerSize } from '../config/sizes.ts';
import { GraphBuilder } from '../graph/graph.ts';
import type { Graph, Node } from '../graph/node.ts';
import { cells } from './cells/index.ts';
import { feedNames, layerPrefixes, layerWeights, outputLayer, parameterVariables } from './languageModel.ts';
import { loopedLayer, recurrentStack } from './network.ts';
import type { Reading } from './network.ts';

/*
 * A trained language model in two parts, as whoever looks into it or writes with it needs them: the layers of one
 * direction, from states that are fed to the states at every step, and the output layer. Without dropout they compute
 * what buildLanguageModel does. A direction is read in its own order, the backward one from the end of a text to its
 * beginning, so a text of any length goes through in pieces.
 */

/** Names of the graphs' inputs and outputs. */
export const readingNames = {
  /** A state before the first step, [batch, hidden], or at every step, [steps · batch, hidden]. */
  state: (layer: number, state: string) => `state.${layer}.${state}`,
  /** A gate at every step, [steps · batch, hidden]. */
  gate: (layer: number, gate: string) => `gate.${layer}.${gate}`,
  /** The last layer's output of a direction, [rows, hidden]. */
  output: (reading: Reading) => `output.${reading}`,
  /** [rows, vocabulary] */
  probabilities: 'probabilities',
  /** [rows] */
  losses: 'losses',
} as const;

/**
 * The layers of one direction over `steps` words of `batchSize` streams. Fed are the ids of the words in the order in
 * which they are read, [steps · batch], and each layer's states before the first of them.
 *
 * @param options.gates whether the gates are outputs too
 */
export function buildReadingGraph(options: {
  model: ModelConfiguration;
  vocabularySize: number;
  reading: Reading;
  batchSize: number;
  steps: number;
  gates: boolean;
}): Graph {
  const { model, vocabularySize, reading, batchSize, steps, gates } = options;
  const b = new GraphBuilder();
  const { variable: parameter } = parameterVariables(b, model, vocabularySize);
  const cell = cells[model.cell];
  const text = b.gather(parameter('embedding'), b.input(feedNames.tokens, [steps * batchSize], 'integer'));
  const stack = {
    x: text,
    steps,
    layers: Array.from({ length: model.layers }, (_, layer) => {
      const prefix = layerPrefixes[reading](layer);
      return {
        weights: layerWeights(cell, prefix, parameter),
        states: cell.states.map((state) =>
          b.input(readingNames.state(layer, state), [batchSize, layerSize(model, layer)]),
        ),
      };
    }),
  };
  const { layers } = recurrentStack(b, cell, stack, loopedLayer);
  const outputs: Record<string, Node> = {};
  layers.forEach(({ step, collect }, layer) => {
    cell.states.forEach((state, index) => {
      const value = step.states[index];
      if (value) outputs[readingNames.state(layer, state)] = collect(value);
    });
    if (!gates) return;
    const inside = step.inside();
    for (const gate of visibleGates(model.cell)) {
      const value = inside[gate];
      if (value) outputs[readingNames.gate(layer, gate)] = collect(value);
    }
  });
  return b.finish(outputs);
}

/**
 * The output layer with its softmax: fed are the last layer's outputs of each direction, [rows, hidden].
 *
 * @param options.targets whether the words that came, [rows], are fed too, and −log p of them in nats is an output
 */
export function buildOutputGraph(options: {
  model: ModelConfiguration;
  vocabularySize: number;
  rows: number;
  targets: boolean;
}): Graph {
  const { model, vocabularySize, rows, targets } = options;
  const b = new GraphBuilder();
  const { variable: parameter } = parameterVariables(b, model, vocabularySize);
  const outputs = readingsOf[model.direction].map((reading) =>
    b.input(readingNames.output(reading), [rows, lastLayerSize(model)]),
  );
  const logits = outputLayer(b, { model, outputs, parameter });
  return b.finish({
    [readingNames.probabilities]: b.softmax(logits),
    ...(targets
      ? { [readingNames.losses]: b.crossEntropy(logits, b.input(feedNames.targets, [rows], 'integer')) }
      : {}),
  });
}
