import type { Configuration } from '../config/schema.ts';
import { gradients } from '../graph/gradients.ts';
import { GraphBuilder } from '../graph/graph.ts';
import type { Graph, Node, NodeOf } from '../graph/node.ts';
import { buildLanguageModel } from '../model/languageModel.ts';
import type { MaskSpecification } from '../model/languageModel.ts';
import { optimisers, sparseRows } from './optimisers.ts';

/** The name of the input that holds the learning rate, a scalar. */
export const learningRateInput = 'learningRate';

export interface TrainingGraph {
  /** Outputs `cost` and `gradientNorm`, both scalars; updates every parameter and recurrent state. */
  graph: Graph;
  masks: readonly MaskSpecification[];
}

/**
 * One step of training as a graph: forward, truncated back-propagation through time, clipping and the update.
 *
 * `cost` is the cross entropy summed over the window's steps and divided by the batch size, in nats: what the gradient
 * is taken of. The recurrent state is carried from window to window and never back-propagated across them.
 *
 * `gradientNorm` is the global norm of all gradients before clipping. For the embedding it is taken over the rows as
 * they were looked up, before the rows of equal words are added up, which is TensorFlow's arithmetic
 * (`clip_by_global_norm` on indexed slices); PyTorch adds first and so clips at slightly other steps. A tied embedding's
 * gradient comes from the output layer too and is dense: there the norm is that of the whole sum.
 */
export function buildTrainingGraph(configuration: Configuration, vocabularySize: number): TrainingGraph {
  const { model, training } = configuration;
  const b = new GraphBuilder();
  const { losses, parameters, states, masks } = buildLanguageModel(b, {
    model,
    vocabularySize,
    batchSize: training.batchSize,
    steps: training.steps,
    dropout: training,
  });
  const cost = b.multiply(b.sum(losses), b.constant(1 / training.batchSize));
  const gradientOf = gradients(b, cost, parameters as (NodeOf<'variable'> & Node)[]);

  const gradientNorm = b.sqrt(
    [...gradientOf.values()]
      .map((gradient) => b.sumOfSquares(sparseRows(gradient)?.updates ?? gradient))
      .reduce((sum, part) => b.add(sum, part)),
  );
  const learningRate = b.input(learningRateInput, []);
  const rate =
    training.gradientClip === null ? learningRate : clipped(b, learningRate, gradientNorm, training.gradientClip);

  const updates = new Map<NodeOf<'variable'>, Node>(states);
  for (const [parameter, gradient] of gradientOf) {
    updates.set(parameter, optimisers[training.optimizer](b, { parameter, gradient, rate }));
  }
  return { graph: b.finish({ cost, gradientNorm }, updates), masks };
}

/** Scales by clip / max(norm, clip): a gradient of a larger norm is shortened to `clip`, a smaller one left alone. */
function clipped(b: GraphBuilder, rate: Node, norm: Node, clip: number): Node {
  return b.multiply(rate, b.divide(b.constant(clip), b.maximum(norm, b.constant(clip))));
}
