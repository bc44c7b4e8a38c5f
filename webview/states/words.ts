import type { ShownToken, StateRun } from '../../src/protocol/states.ts';
import { maxTokens } from '../../src/protocol/states.ts';
import { featureNames } from '../../src/protocol/inference.ts';
import type { PanelState } from './state.ts';
import type { OrderName } from './order.ts';
import { cellTitle } from '../../src/config/cells.ts';
import type { ModelFacts } from '../../src/protocol/states.ts';

/** What things are called, in one place. */

export const sourceWords: Readonly<Record<PanelState['source'], string>> = {
  typed: 'Typed here',
  selection: 'Selection in editor',
  editor: 'Active editor',
  corpus: 'Validation text',
  training: 'Probe during training',
};

export const orderWords: Readonly<Record<OrderName, string>> = {
  index: 'Number',
  cluster: 'Similarity (clusters)',
  correlation: 'Correlation with a unit',
  variance: 'Variance',
};

export const keysHelp =
  'Arrow keys: go from cell to cell. Shift with left and right: choose a span of tokens. Enter: pin the unit. ' +
  'Plus and minus: zoom. 0: show all. Home and End: first and last token. Page up and down: ten units. Escape: clear the span.';

/** A value with the digits that can be read, with a true minus: 0.532, −7.31, 1.2e−5. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? '–' : value > 0 ? '∞' : '−∞';
  const size = Math.abs(value);
  const text =
    size !== 0 && (size < 1e-3 || size >= 1e4)
      ? value.toExponential(1)
      : size >= 100
        ? value.toFixed(0)
        : String(Number(value.toPrecision(3)));
  return text.replace('e+', 'e').replaceAll('-', '−');
}

/** A correlation, as it stands among others: −0.42. */
export function hundredths(correlation: number): string {
  return fixed(correlation, 2);
}

/** Values of a list, which are compared: with two decimals, or as many as the greatest needs. */
export function figures(values: readonly number[]): string[] {
  const greatest = Math.max(...values.map(Math.abs).filter(Number.isFinite));
  if (!(greatest >= 1e-3 && greatest < 1e4)) return values.map(figure);
  const decimals = Math.max(2, 1 - Math.floor(Math.log10(greatest)));
  return values.map((value) => fixed(value, decimals));
}

/** With a true minus, and without one before nothing but noughts. */
function fixed(value: number, decimals: number): string {
  if (!Number.isFinite(value)) return figure(value);
  return value
    .toFixed(decimals)
    .replace(/^-(?=[0.]+$)/u, '')
    .replace('-', '−');
}

export function count(number: number, one: string, many = `${one}s`): string {
  return `${number.toLocaleString('en-US')} ${number === 1 ? one : many}`;
}

export function runName(run: StateRun | undefined): string {
  return run?.name ?? 'a deleted run';
}

/** What the model is: `LSTM, 2 layers of 200 units, after 12,345 steps of training.` */
export function factsWords({ cell, layers, hiddenSize, direction, checkpointStep }: ModelFacts): string {
  const both = direction === 'bidirectional' ? ', bidirectional' : '';
  const size = typeof hiddenSize === 'number' ? count(hiddenSize, 'unit') : `${hiddenSize.join(' and ')} units`;
  return `${cellTitle(cell)}, ${count(layers, 'layer')} of ${size}${both}, after ${count(checkpointStep, 'step')} of training`;
}

/** With which weights the corpus is searched while the record of a probe is on show. */
export function recordNotice(facts: ModelFacts | undefined): string {
  const weights =
    facts === undefined
      ? 'the run’s default weights'
      : `the weights of step ${facts.checkpointStep.toLocaleString('en-US')}`;
  return `The corpus is searched with ${weights}, not with those of the record that is shown.`;
}

/** What should be known of a text besides what is drawn: empty where that is nothing. */
export function textNotice(tokens: readonly ShownToken[], left: number): string {
  const unknown = tokens.filter(({ known }) => !known).length;
  const notices: string[] = [];
  if (tokens.length > 0 && unknown === tokens.length)
    notices.push('None of these words is in the run’s vocabulary: each was read as <unk>.');
  else if (unknown > 0)
    notices.push(`${count(unknown, 'word is', 'words are')} not in the run’s vocabulary (marked with a ?).`);
  if (left > 0) notices.push(`Only the first ${count(maxTokens, 'token')} are shown: no more fit on one heatmap.`);
  return notices.join(' ');
}

/** Words of a feature that a unit may follow. */
export function featureWords(feature: string): string {
  return feature in featureNames ? featureNames[feature as keyof typeof featureNames] : feature;
}
