import type { TrainingConfiguration } from '../config/schema.ts';
import type { GraphBuilder } from '../graph/graph.ts';
import { isConstant } from '../graph/graph.ts';
import type { Node, NodeOf } from '../graph/node.ts';

export interface UpdateOptions {
  parameter: NodeOf<'variable'> & Node;
  gradient: Node;
  /** The learning rate times the factor of the clipping, a scalar. */
  rate: Node;
}

type Optimiser = (b: GraphBuilder, options: UpdateOptions) => Node;

/** One entry an optimiser: the parameter's next value. */
export const optimisers: { readonly [N in TrainingConfiguration['optimizer']]: Optimiser } = {
  /** Stochastic gradient descent: w − rate · gradient. */
  sgd: (b, { parameter, gradient, rate }) => {
    const rows = sparseRows(gradient);
    return rows
      ? b.scatterAdd(parameter, rows.ids, b.multiply(rows.updates, b.negate(rate)))
      : b.subtract(parameter, b.multiply(gradient, rate));
  },
};

/** The rows of a gradient that is zero everywhere else, as an embedding's is; undefined for any other. */
export function sparseRows(gradient: Node): { ids: Node; updates: Node } | undefined {
  if (gradient.operation !== 'scatterAdd') return undefined;
  const [base, ids, updates] = gradient.inputs;
  return base && ids && updates && isConstant(base, 0) ? { ids, updates } : undefined;
}
