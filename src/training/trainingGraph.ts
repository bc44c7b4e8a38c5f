import { slotName } from '../config/optimisers.ts';
import type { Configuration, TrainingConfiguration } from '../config/schema.ts';
import { gradients } from '../graph/gradients.ts';
import { GraphBuilder } from '../graph/graph.ts';
import type { Graph, Node, NodeOf, Shape } from '../graph/node.ts';
import { buildLanguageModel, joinRows, parameterSpecifications, splitRows } from '../model/languageModel.ts';
import type { MaskSpecification } from '../model/dropout.ts';
import type { LanguageModel } from '../model/languageModel.ts';
import { optimiserOf, sparseRows } from './optimisers.ts';
import type { StepCount } from './optimisers.ts';

/** The name of the input that holds the learning rate, a scalar. */
export const learningRateInput = 'learningRate';

/** The names of the inputs that hold what an optimiser corrects by, scalars. */
const correctionInput = (index: number) => `optimizer.correction.${index}`;

/** What an optimiser has fed beside the learning rate. */
export function correctionFeeds(training: TrainingConfiguration, count: StepCount): Record<string, Float32Array> {
  const corrections = optimiserOf(training.optimizer).corrections?.(training.optimizer, count) ?? [];
  return Object.fromEntries(corrections.map((value, index) => [correctionInput(index), Float32Array.of(value)]));
}

/** What an optimiser keeps from step to step: `optimizer.mean.layers.0.input` and so on. */
export function slotSpecifications(
  { model, training }: Pick<Configuration, 'model' | 'training'>,
  vocabularySize: number,
): { name: string; shape: Shape; parameter: string; start: 'zero' | 'parameter' }[] {
  const { slots } = optimiserOf(training.optimizer);
  return parameterSpecifications(model, vocabularySize).flatMap(({ name, shape }) =>
    slots.map((slot) => ({ name: slotName(slot.name, name), shape, parameter: name, start: slot.start })),
  );
}

export interface TrainingGraph {
  /** Outputs `cost` and `gradientNorm`, both scalars; updates every parameter, optimiser slot and recurrent state. */
  graph: Graph;
  masks: readonly MaskSpecification[];
}

/**
 * One step of training as a graph: forward, truncated back-propagation through time, clipping and the update.
 *
 * `cost` is the cross entropy summed over the window's steps and divided by the batch size, in nats: what the gradient
 * is taken of, with what regularisation adds to it. The recurrent state is carried from window to window and never back-propagated across them.
 *
 * `gradientNorm` is the global norm of all gradients before clipping. For the embedding it is taken over the rows as
 * they were looked up, before the rows of equal words are added up, which is TensorFlow's arithmetic
 * (`clip_by_global_norm` on indexed slices); PyTorch adds first and so clips at slightly other steps. A tied embedding's
 * gradient comes from the output layer too and is dense: there the norm is that of the whole sum.
 */
export function buildTrainingGraph(configuration: Configuration, vocabularySize: number): TrainingGraph {
  const { model, training } = configuration;
  const b = new GraphBuilder();
  const { losses, trained, states, masks, stacks } = buildLanguageModel(b, {
    model,
    vocabularySize,
    batchSize: training.batchSize,
    steps: training.steps,
    dropout: training,
  });
  const cost = b.multiply(b.sum(losses), b.constant(1 / training.batchSize));
  const gradientOf = gradients(
    b,
    penalised(b, cost, { stacks, training }),
    trained.map(({ value }) => value),
  );

  const gradientNorm = b.sqrt(
    [...gradientOf.values()]
      .map((gradient) => b.sumOfSquares(sparseRows(gradient)?.updates ?? gradient))
      .reduce((sum, part) => b.add(sum, part)),
  );
  const learningRate = b.input(learningRateInput, []);
  const { gradientClip: clip, gradientClipBy, weightDecay } = training;
  const scale = clip !== null && gradientClipBy === 'norm' ? scaleToNorm(b, gradientNorm, clip) : undefined;

  const optimiser = optimiserOf(training.optimizer);
  const corrections = Object.keys(correctionFeeds(training, { step: 1, averaged: 0 })).map((name) => b.input(name, []));
  const updates = new Map<NodeOf<'variable'>, Node>(states);
  for (const { value: parameter, variables } of trained) {
    const whole = gradientOf.get(parameter);
    if (!whole) throw new Error('every parameter has a gradient');
    const gradient = clip !== null && gradientClipBy === 'value' ? cutToRange(b, whole, clip) : whole;
    const slots = optimiser.slots.map((slot) =>
      variables.map(({ attributes: { name }, shape }) => b.variable(slotName(slot.name, name), shape)),
    );
    const joined = slots.map((parts) => (parts.length === 1 ? (parts[0] as Node) : joinRows(b, parts).value));
    const options = { parameter, gradient, scale, learningRate, weightDecay, slots: joined, corrections };
    const result = optimiser.update(b, training.optimizer, options);
    const update = (targets: readonly NodeOf<'variable'>[], next: Node) => {
      splitRows(b, next, targets).forEach((part, index) => targets[index] && updates.set(targets[index], part));
    };
    update(variables, result.next);
    slots.forEach((parts, index) => result.slots[index] && update(parts, result.slots[index]));
  }
  return { graph: b.finish({ cost, gradientNorm }, updates), masks };
}

/**
 * The cost with activation regularisation and its temporal form (Merity, McCann and Socher, arXiv:1708.01009): α times the mean square of the last
 * layer's outputs after dropout, β times the mean square of their change from step to step before dropout. There they are added to
 * the mean loss of a word; the cost here is the sum over the steps of a window, so they count once for each step.
 */
function penalised(
  b: GraphBuilder,
  cost: Node,
  { stacks, training }: { stacks: LanguageModel['stacks']; training: TrainingConfiguration },
): Node {
  const { activationRegularization: alpha, temporalActivationRegularization: beta, batchSize, steps } = training;
  const meanSquare = (x: Node, factor: number) =>
    b.multiply(b.sumOfSquares(x), b.constant((factor * steps) / x.shape.reduce((size, extent) => size * extent, 1)));
  const penalties = stacks.flatMap(({ layers, outputs }) => {
    const raw = layers.at(-1)?.outputs;
    const [rows = 0] = raw?.shape ?? [];
    const isLong = raw !== undefined && rows > batchSize;
    return [
      ...(alpha > 0 ? [meanSquare(outputs, alpha)] : []),
      ...(beta > 0 && isLong
        ? [meanSquare(b.subtract(b.slice(raw, 0, batchSize, rows), b.slice(raw, 0, 0, rows - batchSize)), beta)]
        : []),
    ];
  });
  return penalties.reduce((sum, penalty) => b.add(sum, penalty), cost);
}

/** clip / max(norm, clip): a gradient of a larger norm is shortened to `clip`, a smaller one left alone. */
function scaleToNorm(b: GraphBuilder, norm: Node, clip: number): Node {
  return b.divide(b.constant(clip), b.maximum(norm, b.constant(clip)));
}

/** Each element kept in ± clip; of looked-up rows before those of equal words are added up, as with the norm. */
function cutToRange(b: GraphBuilder, gradient: Node, clip: number): Node {
  const rows = sparseRows(gradient);
  if (rows) return b.scatterAdd(b.constant(0, gradient.shape), rows.ids, cutToRange(b, rows.updates, clip));
  const low = b.constant(-clip);
  return b.maximum(b.negate(b.maximum(b.negate(gradient), low)), low);
}
