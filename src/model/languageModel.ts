import { readingsOf } from '../config/vocabulary.ts';
import { cellKinds, gateNames, initialBias } from '../config/cells.ts';
import type { OwnWeight } from '../config/cells.ts';
import type { ModelConfiguration } from '../config/schema.ts';
import { embeddingSizeOf, lastLayerSize, layerSize, layerSizes } from '../config/sizes.ts';
import type { GraphBuilder } from '../graph/graph.ts';
import type { Node, NodeOf, Shape } from '../graph/node.ts';
import type { Cell, LayerWeights } from './cells/cell.ts';
import { cells } from './cells/index.ts';
import { Dropout } from './dropout.ts';
import type { DropoutOptions, MaskSpecification } from './dropout.ts';
import { loopedLayer, recurrentStack, unrolledLayer } from './network.ts';
import type { BuildLayer, LayerResult, LoopedLayer, Reading, StepwiseLayer } from './network.ts';

/** A parameter of the model before it has a value. */
export interface ParameterSpecification {
  name: string;
  shape: Shape;
  /** Whether its elements start from random numbers; else from 0. */
  isRandom: boolean;
  /** Added to the start of each element, for the columns from `start` up to `end` of the last axis. */
  offsets: readonly { start: number; end: number; value: number }[];
}

/** What an update changes as one: a parameter, or several laid end to end, whose rows then share their products. */
export interface TrainedTensor {
  value: Node;
  /** The parameters whose rows these are, in their order; one that is a vector is one row. */
  variables: readonly NodeOf<'variable'>[];
}

export interface LanguageModelOptions {
  model: ModelConfiguration;
  vocabularySize: number;
  batchSize: number;
  steps: number;
  /** Words beyond the window's last place that the backward layers of a bidirectional model begin at; none left out. */
  lookahead?: number;
  /** Put before the names of the recurrent states, so that two programs keep their own. */
  statePrefix?: string;
  /** Left out: no dropout, as in evaluation. */
  dropout?: DropoutOptions;
}

export interface LanguageModel<L extends LayerResult = LoopedLayer> {
  /** Of each place's next word, before the softmax, [steps · batch, vocabulary]. */
  logits: Node;
  /** −log p of each target in nats, [steps · batch], step after step. */
  losses: Node;
  parameters: readonly NodeOf<'variable'>[];
  /** The parameters as an update changes them: each in one of these. */
  trained: readonly TrainedTensor[];
  /** Each recurrent state's variable with its value after the last step. */
  states: ReadonlyMap<NodeOf<'variable'>, Node>;
  masks: readonly MaskSpecification[];
  /** What each direction made, the forward one first: its layers, and the last one's outputs after dropout. */
  stacks: readonly { reading: Reading; layers: readonly L[]; outputs: Node }[];
}

/** The names under which a window of text is fed: ids, step after step: textSteps · batch tokens, steps · batch targets. */
export const feedNames = { tokens: 'tokens', targets: 'targets' } as const;

/**
 * How many steps of text a window of `steps` predictions is fed. A forward model reads the word before each target. A
 * bidirectional one also reads the word after each, so it is fed two more (the last target and the word after that), and
 * the words that its backward layers look ahead.
 */
export function textSteps(model: ModelConfiguration, steps: number, lookahead = 0): number {
  return model.direction === 'bidirectional' ? steps + 2 + lookahead : steps;
}

/** Whether what the last layer puts out must be brought to the size of the embedding, whose transpose is the output layer. */
function hasProjection(model: ModelConfiguration): boolean {
  return model.tiedEmbeddings && embeddingSizeOf(model) !== lastLayerSize(model);
}

/** The layers of a direction, as the names of their parameters begin. */
export const layerPrefixes: Readonly<Record<Reading, (layer: number) => string>> = {
  forward: (layer) => `layers.${layer}`,
  backward: (layer) => `layers.${layer}.backward`,
};

/** The weights of a layer by the beginning of their names. */
export function layerWeights(cell: Cell, prefix: string, parameter: (name: string) => Node): LayerWeights {
  return {
    input: parameter(`${prefix}.input`),
    recurrent: parameter(`${prefix}.recurrent`),
    bias: parameter(`${prefix}.bias`),
    own: Object.fromEntries(cell.own.map((name) => [name, parameter(`${prefix}.${name}`)])),
  };
}

/**
 * Every parameter of a model, by name:
 *
 * - `embedding` [vocabulary, embeddingSize]
 * - `layers.N.input` [hidden of the layer below, gates · hidden] (of the first layer [embeddingSize, gates · hidden]), `layers.N.recurrent`
 *   [hidden, gates · hidden], `layers.N.bias` [gates · hidden], the cell's gates side by side in its order, and the cell's own weights by their names
 *   (src/config/cells.ts), [blocks · hidden] each
 * - `layers.N.backward.input` and so on for the other direction of a bidirectional model
 * - `output.weights` [hidden of the last layer, vocabulary], [2 · hidden, vocabulary] in a bidirectional model, the forward rows first (none
 *   with tied embeddings: then the embedding transposed, for the sum of both directions), `output.bias`
 * - `output.projection` [hidden, embeddingSize] with a tied embedding of another size than the layers
 */
export function parameterSpecifications(model: ModelConfiguration, vocabularySize: number): ParameterSpecification[] {
  const { tiedEmbeddings, forgetBias } = model;
  const readings = readingsOf[model.direction];
  const { own = {} } = cellKinds[model.cell];
  const gates = gateNames(model.cell);
  const random = { isRandom: true, offsets: [] };
  const biasOffsets = (size: number) =>
    gates.map((gate, index) => ({
      start: index * size,
      end: (index + 1) * size,
      value: initialBias(model.cell, gate, { forgetBias }),
    }));
  const ownParameter = (name: string, length: number, { initial }: OwnWeight): ParameterSpecification => {
    if (initial === 'uniform') return { name, shape: [length], ...random };
    return { name, shape: [length], isRandom: false, offsets: [{ start: 0, end: length, value: initial }] };
  };
  const embeddingSize = embeddingSizeOf(model);
  const layerParameters = (prefix: string, inputSize: number, size: number): ParameterSpecification[] => {
    const width = gates.length * size;
    return [
      { name: `${prefix}.input`, shape: [inputSize, width], ...random },
      { name: `${prefix}.recurrent`, shape: [size, width], ...random },
      { name: `${prefix}.bias`, shape: [width], isRandom: true, offsets: biasOffsets(size) },
      ...Object.entries(own).map(([name, weight]) =>
        ownParameter(`${prefix}.${name}`, weight.blocks.length * size, weight),
      ),
    ];
  };
  const sizes = layerSizes(model);
  const lastSize = lastLayerSize(model);
  const outputShape = [readings.length * lastSize, vocabularySize];
  return [
    { name: 'embedding', shape: [vocabularySize, embeddingSize], ...random },
    ...sizes.flatMap((size, layer) =>
      readings.flatMap((reading) =>
        layerParameters(layerPrefixes[reading](layer), sizes[layer - 1] ?? embeddingSize, size),
      ),
    ),
    ...(tiedEmbeddings ? [] : [{ name: 'output.weights', shape: outputShape, ...random }]),
    ...(hasProjection(model) ? [{ name: 'output.projection', shape: [lastSize, embeddingSize], ...random }] : []),
    { name: 'output.bias', shape: [vocabularySize], ...random },
  ];
}

/**
 * Every recurrent state that is carried from window to window, zero before the first word. The backward layers of a
 * bidirectional model carry none: they begin anew at the end of every window.
 */
export function stateSpecifications(
  model: ModelConfiguration,
  batchSize: number,
  prefix = '',
): { name: string; shape: Shape }[] {
  return layerSizes(model).flatMap((size, layer) =>
    cells[model.cell].states.map((state) => ({
      name: `${prefix}state.${layer}.${state}`,
      shape: [batchSize, size],
    })),
  );
}

/**
 * The language model over a window of `steps` words of `batchSize` streams: embedding, recurrent layers, output layer.
 * Dropout lies on the embedded input and on each layer's output, never between the steps of a layer (Zaremba,
 * Sutskever and Vinyals, 2014); variational, one mask serves all steps of a window (Gal and Ghahramani, 2016, without
 * their masks on the recurrent state).
 *
 * A bidirectional model predicts each word from the forward state up to the word before it and the backward state from
 * the word after it, so it never sees the word itself (Mousa and Schuller, 2017; Peters et al., 2018).
 */
export function buildLanguageModel(b: GraphBuilder, options: LanguageModelOptions): LanguageModel {
  return build(b, options, loopedLayer);
}

/** The same model with the steps of its layers written one after another, for whoever reads single steps. */
export function buildUnrolledLanguageModel(
  b: GraphBuilder,
  options: LanguageModelOptions,
): LanguageModel<StepwiseLayer> {
  return build(b, options, unrolledLayer);
}

/** The parameters of a model as variables of a graph, which keeps those alone that it needs. */
export function parameterVariables(b: GraphBuilder, model: ModelConfiguration, vocabularySize: number) {
  const all = parameterSpecifications(model, vocabularySize).map(({ name, shape }) => b.variable(name, shape));
  const byName = new Map(all.map((node) => [node.attributes.name, node]));
  /** @throws Error for a name that the model has no parameter of */
  const variable = (name: string): NodeOf<'variable'> & Node => {
    const node = byName.get(name);
    if (!node) throw new Error(`the model has no parameter ${name}`);
    return node;
  };
  return { all, variable };
}

function build<L extends LayerResult>(
  b: GraphBuilder,
  options: LanguageModelOptions,
  layer: BuildLayer<L>,
): LanguageModel<L> {
  const { model, vocabularySize, batchSize, steps, lookahead = 0, statePrefix = '' } = options;
  const { all: parameters, variable } = parameterVariables(b, model, vocabularySize);
  const parameter = (name: string) => variable(name) as Node;
  const dropout = new Dropout(b, options);
  const cell = cells[model.cell];
  const rows = textSteps(model, steps, lookahead) * batchSize;
  const tokens = b.input(feedNames.tokens, [rows], 'integer');
  const text = dropout.words(b.gather(parameter('embedding'), tokens), tokens);

  const before = stateSpecifications(model, batchSize, statePrefix).map(({ name, shape }) => b.variable(name, shape));
  const zero = (layer: number) => b.constant(0, [batchSize, layerSize(model, layer)]);
  const stack = (reading: Reading, x: Node, stackSteps: number) => {
    const prefix = reading === 'forward' ? '' : 'backward.';
    const stackOptions = {
      x: dropout.apply(x, `mask.${prefix}input`, 'inputKeepProbability'),
      steps: stackSteps,
      reading,
      layers: Array.from({ length: model.layers }, (_, place) => ({
        weights: dropout.weights(
          layerWeights(cell, layerPrefixes[reading](place), parameter),
          `mask.${prefix}weights.${place}`,
        ),
        states: cell.states.map((_state, index) =>
          reading === 'forward' ? (before[place * cell.states.length + index] ?? zero(place)) : zero(place),
        ),
      })),
      between: (outputs: Node, index: number) =>
        dropout.apply(outputs, `mask.${prefix}${index}`, 'outputKeepProbability'),
    };
    return recurrentStack(b, cell, stackOptions, layer);
  };

  const forward = stack('forward', b.slice(text, 0, 0, steps * batchSize), steps);
  const stacks: { reading: Reading; layers: readonly L[]; outputs: Node }[] = [{ reading: 'forward', ...forward }];
  const outputs = [forward.outputs];
  if (model.direction === 'bidirectional') {
    const following = b.slice(text, 0, 2 * batchSize, rows);
    const backward = stack('backward', following, steps + lookahead);
    stacks.push({ reading: 'backward', ...backward });
    outputs.push(b.slice(backward.outputs, 0, 0, steps * batchSize));
  }

  const joined = model.tiedEmbeddings ? undefined : joinRows(b, ['output.weights', 'output.bias'].map(variable));
  const logits = joined
    ? b.matmul(b.join([...outputs, b.constant(1, [steps * batchSize, 1])], 1), joined.value)
    : outputLayer(b, { model, outputs, parameter });
  const losses = b.crossEntropy(logits, b.input(feedNames.targets, [steps * batchSize], 'integer'));
  const single = parameters.filter((candidate) => joined?.variables.includes(candidate) !== true);
  const carried = forward.layers.flatMap(({ states }) => states);
  const states = new Map(
    before.flatMap((variable, index) => {
      const after = carried[index];
      return after ? [[variable, after]] : [];
    }),
  );
  const trained = [...single.map((node) => ({ value: node, variables: [node] })), ...(joined ? [joined] : [])];
  return { logits, losses, parameters, trained, states, masks: dropout.masks, stacks };
}

/** Parameters laid end to end by rows; a vector is one row. */
export function joinRows(b: GraphBuilder, variables: readonly NodeOf<'variable'>[]): TrainedTensor {
  const rows = variables.map((node) => {
    const { shape } = node;
    return shape.length === 2 ? node : b.reshape(node, [1, ...shape]);
  });
  return { value: b.join(rows, 0), variables };
}

/** Each parameter's part of what was laid end to end, in the parameter's shape. */
export function splitRows(b: GraphBuilder, rows: Node, variables: TrainedTensor['variables']): Node[] {
  let start = 0;
  return variables.map(({ shape }) => {
    const count = shape.length === 2 || variables.length === 1 ? (shape[0] ?? 1) : 1;
    return b.reshape(b.slice(rows, 0, start, (start += count)), shape);
  });
}

/**
 * Of each place's next word, before the softmax, [rows, vocabulary].
 *
 * @param outputs the last layer's of each direction, the forward ones first, [rows, hidden] each
 */
export function outputLayer(
  b: GraphBuilder,
  options: { model: ModelConfiguration; outputs: readonly Node[]; parameter: (name: string) => Node },
): Node {
  const { model, outputs, parameter } = options;
  if (!model.tiedEmbeddings)
    return b.add(b.matmul(b.join(outputs, 1), parameter('output.weights')), parameter('output.bias'));
  const sum = outputs.reduce((all, output) => b.add(all, output));
  const projected = hasProjection(model) ? b.matmul(sum, parameter('output.projection')) : sum;
  return b.add(b.matmul(projected, parameter('embedding'), { transposeB: true }), parameter('output.bias'));
}
