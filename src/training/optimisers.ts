import { averageSlot } from '../config/optimisers.ts';
import type { OptimizerConfiguration } from '../config/schema.ts';
import type { GraphBuilder } from '../graph/graph.ts';
import { isConstant } from '../graph/graph.ts';
import type { Node } from '../graph/node.ts';

export interface UpdateOptions {
  parameter: Node;
  /** Of the loss with respect to the parameter, before it is scaled. */
  gradient: Node;
  /** What the gradient is multiplied with so that it keeps to the clipping's norm, a scalar; none where nothing is clipped. */
  scale: Node | undefined;
  learningRate: Node;
  weightDecay: number;
  /** What the optimiser keeps for the parameter, of its shape, in the order of `slots`. */
  slots: readonly Node[];
  /** What `corrections` gives for the step, in its order, scalars. */
  corrections: readonly Node[];
}

/** Where a run is at a step, as far as an optimiser needs it. */
export interface StepCount {
  /** Of all epochs, from 1. */
  readonly step: number;
  /** The steps whose weights are averaged, this one included; 0 before averaging begins. */
  readonly averaged: number;
}

export interface Optimiser<C = OptimizerConfiguration> {
  /** What is kept for each parameter from step to step: before the first step zero, or the parameter itself. */
  readonly slots: readonly { readonly name: string; readonly start: 'zero' | 'parameter' }[];
  /** Numbers that depend on how many steps were done, to be fed. */
  corrections?(configuration: C, count: StepCount): readonly number[];
  /** The parameter's next value, and its slots'. */
  update(b: GraphBuilder, configuration: C, options: UpdateOptions): { next: Node; slots: readonly Node[] };
}

type Kind = OptimizerConfiguration['kind'];
type Of<K extends Kind> = Extract<OptimizerConfiguration, { kind: K }>;
type Adam = Of<'adam'>;

const moments = [
  { name: 'mean', start: 'zero' },
  { name: 'square', start: 'zero' },
] as const;

/** One entry an optimiser. Weight decay is added to the gradient (L2), but for adamw, where it shrinks the weight itself. */
const optimisers: { readonly [K in Kind]: Optimiser<Of<K>> } = {
  /** Stochastic gradient descent: w − rate · gradient. */
  sgd: {
    slots: [],
    update: (b, _, { parameter, gradient, scale, learningRate, weightDecay }) => {
      const rate = scale ? b.multiply(learningRate, scale) : learningRate;
      const decayed = decay(b, parameter, learningRate, weightDecay);
      const rows = sparseRows(gradient);
      const next = rows
        ? b.scatterAdd(decayed, rows.ids, b.multiply(rows.updates, b.negate(rate)))
        : b.subtract(decayed, b.multiply(gradient, rate));
      return { next, slots: [] };
    },
  },

  /** Momentum as PyTorch and Sutskever et al. (2013) have it: v = momentum · v + gradient, w − rate · v. */
  momentum: {
    slots: [{ name: 'velocity', start: 'zero' }],
    update: (b, { momentum }, options) => {
      const { parameter, learningRate, slots } = options;
      const velocity = b.add(b.multiply(slotOf(slots, 0), b.constant(momentum)), wholeGradient(b, options));
      return { next: b.subtract(parameter, b.multiply(velocity, learningRate)), slots: [velocity] };
    },
  },

  /**
   * Averaged gradient descent (Polyak and Juditsky, 1992), begun as Merity, Keskar and Socher (arXiv:1708.02182) do, when validation
   * stops improving (`averagedSteps`): beside the weights of gradient descent, their mean over the steps since then.
   */
  asgd: {
    slots: [{ name: averageSlot, start: 'parameter' }],
    corrections: (_, { averaged }) => [1 / Math.max(1, averaged)],
    update: (b, _, options) => {
      const { next } = optimisers.sgd.update(b, { kind: 'sgd' }, options);
      const average = slotOf(options.slots, 0);
      const share = slotOf(options.corrections, 0);
      return { next, slots: [b.add(average, b.multiply(b.subtract(next, average), share))] };
    },
  },

  /** Kingma and Ba, arXiv:1412.6980. */
  adam: {
    slots: moments,
    corrections: biasCorrections,
    update: (b, configuration, options) => {
      const { step, slots } = adamStep(b, configuration, wholeGradient(b, options), options);
      return { next: b.subtract(options.parameter, step), slots };
    },
  },

  /** Loshchilov and Hutter, arXiv:1711.05101. */
  adamw: {
    slots: moments,
    corrections: biasCorrections,
    update: (b, configuration, options) => {
      const { parameter, learningRate, weightDecay } = options;
      const gradient = wholeGradient(b, { ...options, weightDecay: 0 });
      const { step, slots } = adamStep(b, configuration, gradient, options);
      return { next: b.subtract(decay(b, parameter, learningRate, weightDecay), step), slots };
    },
  },
};

/** The optimiser that a configuration names. */
export function optimiserOf(configuration: OptimizerConfiguration): Optimiser {
  // The table's key and the configuration's kind are the same string; the type system cannot follow that.
  return optimisers[configuration.kind];
}

/**
 * How many steps' weights an optimiser has averaged after a step: averaging begins after the first epoch whose validation
 * perplexity is above the best of those before it, its last `triggerEpochs` predecessors left out (NT-ASGD, with a
 * validation each epoch).
 *
 * @param position.step steps done over all epochs, the one in question included
 */
export function averagedSteps(
  optimizer: OptimizerConfiguration,
  position: { step: number; stepsPerEpoch: number; validPerplexities: readonly number[] },
): number {
  if (optimizer.kind !== 'asgd') return 0;
  const { step, stepsPerEpoch, validPerplexities } = position;
  const trigger = validPerplexities.findIndex((perplexity, epoch) => {
    const before = validPerplexities.slice(0, Math.max(0, epoch - optimizer.triggerEpochs));
    return before.length > 0 && perplexity > Math.min(...before);
  });
  return trigger < 0 ? 0 : Math.max(0, step - (trigger + 1) * stepsPerEpoch);
}

/** The rows of a gradient that is zero everywhere else, as an embedding's is; undefined for any other. */
export function sparseRows(gradient: Node): { ids: Node; updates: Node } | undefined {
  if (gradient.operation !== 'scatterAdd') return undefined;
  const [base, ids, updates] = gradient.inputs;
  return base && ids && updates && isConstant(base, 0) ? { ids, updates } : undefined;
}

/** What makes up for the moments' start at zero: 1 / (1 − betaᵗ) of each. */
function biasCorrections({ beta1, beta2 }: Pick<Adam, 'beta1' | 'beta2'>, { step }: StepCount): readonly number[] {
  return [1 / (1 - beta1 ** step), 1 / (1 - beta2 ** step)];
}

/** What a step takes away from the parameter, and the two moments after it. */
function adamStep(
  b: GraphBuilder,
  { beta1, beta2, epsilon }: Pick<Adam, 'beta1' | 'beta2' | 'epsilon'>,
  gradient: Node,
  { slots, corrections, learningRate }: UpdateOptions,
): { step: Node; slots: readonly Node[] } {
  const blend = (old: Node, share: number, fresh: Node) =>
    b.add(b.multiply(old, b.constant(share)), b.multiply(fresh, b.constant(1 - share)));
  const mean = blend(slotOf(slots, 0), beta1, gradient);
  const square = blend(slotOf(slots, 1), beta2, b.multiply(gradient, gradient));
  const root = b.sqrt(b.multiply(square, slotOf(corrections, 1)));
  const rate = b.multiply(learningRate, slotOf(corrections, 0));
  const step = b.divide(b.multiply(mean, rate), b.add(root, b.constant(epsilon)));
  return { step, slots: [mean, square] };
}

/** The gradient as it counts: scaled by the clipping, with the weight decay added. */
function wholeGradient(b: GraphBuilder, { parameter, gradient, scale, weightDecay }: UpdateOptions): Node {
  const scaled = scale ? b.multiply(gradient, scale) : gradient;
  return weightDecay === 0 ? scaled : b.add(scaled, b.multiply(parameter, b.constant(weightDecay)));
}

/** w · (1 − rate · decay) */
function decay(b: GraphBuilder, parameter: Node, learningRate: Node, weightDecay: number): Node {
  if (weightDecay === 0) return parameter;
  return b.multiply(parameter, b.subtract(b.constant(1), b.multiply(learningRate, b.constant(weightDecay))));
}

function slotOf(slots: readonly Node[], index: number): Node {
  const slot = slots[index];
  if (!slot) throw new Error(`an optimiser has no slot ${index}`);
  return slot;
}
