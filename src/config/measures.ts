import type { ModelConfiguration } from './schema.ts';

/**
 * What a model's validation and test figures are. A bidirectional model is scored word by word with all other words given:
 * the product of those probabilities is not the text's, so exp of their mean −log is a pseudo-perplexity (after Besag's
 * pseudo-likelihood, 1975) and must not be compared with a perplexity.
 */
export function measureOf({ direction }: Pick<ModelConfiguration, 'direction'>): 'perplexity' | 'pseudo-perplexity' {
  return direction === 'bidirectional' ? 'pseudo-perplexity' : 'perplexity';
}

/** No model that was trained on the words of the Penn Treebank alone was published below this. */
const minOnPtb = 40;

/**
 * The warning that a validation perplexity deserves which is too good to be true, or undefined.
 *
 * @param corpus its kind and unit; `floor` is the least perplexity that any model of the words before can reach
 */
export function implausible(
  validPerplexity: number,
  {
    model,
    corpus,
    floor,
  }: { model: ModelConfiguration; corpus: { kind: string; unit: string }; floor?: number | undefined },
): string | undefined {
  const measure = measureOf(model);
  const figure = `The validation ${measure} of ${validPerplexity.toFixed(1)}`;
  if (corpus.kind === 'ptb' && corpus.unit === 'word' && validPerplexity < minOnPtb) {
    return (
      `${figure} is implausibly low for the words of the Penn Treebank (below ${minOnPtb}): check that the validation ` +
      'text is the right one and not part of the training text.'
    );
  }
  // Rounding and the finite text leave a percent or two; a model that sees both sides may be below.
  if (measure === 'perplexity' && floor !== undefined && validPerplexity < 0.97 * floor) {
    return `${figure} is below ${floor.toFixed(1)}, the lowest perplexity that is possible on this corpus: something is wrong.`;
  }
  return undefined;
}
