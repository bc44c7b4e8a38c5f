import type { ModelConfiguration } from '../config/schema.ts';
import type { GraphBuilder } from '../graph/graph.ts';
import type { Node, NodeOf, Shape } from '../graph/node.ts';
import { cells } from './cells/index.ts';
import { recurrentLayer } from './network.ts';

/** A parameter of the model before it has a value. */
export interface ParameterSpecification {
  name: string;
  shape: Shape;
  /** Added to the random start of each element, for the columns from `start` up to `end` of the last axis. */
  offsets: readonly { start: number; end: number; value: number }[];
}

/** A dropout mask that is fed at each step: each element 0, or 1 / keepProbability. */
export interface MaskSpecification {
  name: string;
  shape: Shape;
  keepProbability: number;
}

export interface LanguageModelOptions {
  model: ModelConfiguration;
  vocabularySize: number;
  batchSize: number;
  steps: number;
  /** Put before the names of the recurrent states, so that two programs keep their own. */
  statePrefix?: string;
  /** Left out: no dropout, as in evaluation. */
  dropout?: { inputKeepProbability: number; outputKeepProbability: number };
}

export interface LanguageModel {
  /** −log p of each target in nats, [steps · batch], step after step. */
  losses: Node;
  parameters: readonly NodeOf<'variable'>[];
  /** Each recurrent state's variable with its value after the last step. */
  states: ReadonlyMap<NodeOf<'variable'>, Node>;
  masks: readonly MaskSpecification[];
}

/** The names under which a window of text is fed: ids [steps · batch], step after step. */
export const feedNames = { tokens: 'tokens', targets: 'targets' } as const;

/**
 * Every parameter of a model, by name:
 *
 * - `embedding` [vocabulary, hidden]
 * - `layers.N.input` [hidden, gates · hidden], `layers.N.recurrent` [hidden, gates · hidden], `layers.N.bias`
 *   [gates · hidden], the cell's gates side by side in its order
 * - `output.weights` [hidden, vocabulary] (none with tied embeddings: then the embedding transposed), `output.bias`
 */
export function parameterSpecifications(model: ModelConfiguration, vocabularySize: number): ParameterSpecification[] {
  const { hiddenSize, layers, tiedEmbeddings, forgetBias } = model;
  const cell = cells[model.cell];
  const width = cell.gates.length * hiddenSize;
  const biasOffsets = cell.gates.map((gate, index) => ({
    start: index * hiddenSize,
    end: (index + 1) * hiddenSize,
    value: cell.initialBias(gate, { forgetBias }),
  }));
  return [
    { name: 'embedding', shape: [vocabularySize, hiddenSize], offsets: [] },
    ...Array.from({ length: layers }, (_, layer) => [
      { name: `layers.${layer}.input`, shape: [hiddenSize, width], offsets: [] },
      { name: `layers.${layer}.recurrent`, shape: [hiddenSize, width], offsets: [] },
      { name: `layers.${layer}.bias`, shape: [width], offsets: biasOffsets },
    ]).flat(),
    ...(tiedEmbeddings ? [] : [{ name: 'output.weights', shape: [hiddenSize, vocabularySize], offsets: [] }]),
    { name: 'output.bias', shape: [vocabularySize], offsets: [] },
  ];
}

/** Every recurrent state of a model, zero before the first word. */
export function stateSpecifications(
  model: ModelConfiguration,
  batchSize: number,
  prefix = '',
): { name: string; shape: Shape }[] {
  return Array.from({ length: model.layers }, (_, layer) =>
    cells[model.cell].states.map((state) => ({
      name: `${prefix}state.${layer}.${state}`,
      shape: [batchSize, model.hiddenSize],
    })),
  ).flat();
}

/**
 * The language model over a window of `steps` words of `batchSize` streams: embedding, recurrent layers, output layer.
 * Dropout lies on the embedded input and on each layer's output, never between the steps of a layer (Zaremba,
 * Sutskever and Vinyals, 2014).
 */
export function buildLanguageModel(b: GraphBuilder, options: LanguageModelOptions): LanguageModel {
  const { model, vocabularySize, batchSize, steps, statePrefix = '', dropout } = options;
  const rows = steps * batchSize;
  const parameters = new Map(
    parameterSpecifications(model, vocabularySize).map(({ name, shape }) => [name, b.variable(name, shape)]),
  );
  const parameter = (name: string) => {
    const node = parameters.get(name);
    if (!node) throw new Error(`the model has no parameter ${name}`);
    return node as Node;
  };
  const masks: MaskSpecification[] = [];
  const drop = (x: Node, name: string, keepProbability: number) => {
    if (keepProbability === 1) return x;
    masks.push({ name, shape: x.shape, keepProbability });
    return b.multiply(x, b.input(name, x.shape));
  };

  let x = b.gather(parameter('embedding'), b.input(feedNames.tokens, [rows], 'integer'));
  x = drop(x, 'mask.input', dropout?.inputKeepProbability ?? 1);

  const states = new Map<NodeOf<'variable'>, Node>();
  const stateNames = stateSpecifications(model, batchSize, statePrefix);
  const statesPerLayer = cells[model.cell].states.length;
  for (let layer = 0; layer < model.layers; layer++) {
    const before = stateNames
      .slice(layer * statesPerLayer, (layer + 1) * statesPerLayer)
      .map(({ name, shape }) => b.variable(name, shape));
    const weights = {
      input: parameter(`layers.${layer}.input`),
      recurrent: parameter(`layers.${layer}.recurrent`),
      bias: parameter(`layers.${layer}.bias`),
    };
    const result = recurrentLayer(b, cells[model.cell], weights, { x, states: before, steps });
    before.forEach((variable, index) => {
      const after = result.states[index];
      if (after) states.set(variable, after);
    });
    x = drop(result.outputs, `mask.${layer}`, dropout?.outputKeepProbability ?? 1);
  }

  const products = model.tiedEmbeddings
    ? b.matmul(x, parameter('embedding'), { transposeB: true })
    : b.matmul(x, parameter('output.weights'));
  const logits = b.add(products, parameter('output.bias'));
  const losses = b.crossEntropy(logits, b.input(feedNames.targets, [rows], 'integer'));
  return { losses, parameters: [...parameters.values()], states, masks };
}
