import type { FlowData } from './flowData.ts';
import { normFigure } from './flowScene.ts';
import type { RunData } from './runData.ts';
import { exactTime, figure } from './ticks.ts';

export const stepsOnPage = 25;

export const epochHeads = ['Epoch', 'Step', 'Time', 'Train perplexity', 'Validation perplexity'] as const;
export const stepHeads = [
  'Step',
  'Epoch',
  'Time',
  'Perplexity',
  'Learning rate',
  'Gradient norm',
  'Words per second',
] as const;

/** A run's epochs, oldest first, as the table says them. */
export function epochRows({ epochs }: RunData): string[][] {
  return Array.from({ length: epochs.length }, (_, at) => [
    figure(epochs.column('epoch')[at] ?? NaN),
    whole(epochs.column('step')[at]),
    exactTime(Math.round(epochs.column('seconds')[at] ?? NaN)),
    figure(epochs.column('trainPerplexity')[at] ?? NaN),
    figure(epochs.column('validPerplexity')[at] ?? NaN),
  ]);
}

/** A page of a run's step records, newest first. @param page from 0, the newest */
export function stepRows({ steps }: RunData, page: number): string[][] {
  const last = steps.length - 1 - page * stepsOnPage;
  const count = Math.max(0, Math.min(stepsOnPage, last + 1));
  return Array.from({ length: count }, (_, row) => {
    const at = last - row;
    return [
      whole(steps.column('step')[at]),
      (steps.column('epoch')[at] ?? NaN).toFixed(3),
      exactTime(Math.round(steps.column('seconds')[at] ?? NaN)),
      figure(steps.column('perplexity')[at] ?? NaN),
      figure(steps.column('learningRate')[at] ?? NaN),
      figure(steps.column('gradientNorm')[at] ?? NaN),
      figure(steps.column('wordsPerSecond')[at] ?? NaN),
    ];
  });
}

/** A record of gradient flow: a row a distance, a column a layer. */
export function flowTableRows(flow: FlowData, record: number): string[][] {
  const columns = flow.layers.map((layer) => flow.norms(record, layer));
  return Array.from({ length: Math.max(...columns.map(({ length }) => length)) }, (_, distance) => [
    String(distance),
    ...columns.map((norms) => normFigure(norms[distance] ?? NaN)),
  ]);
}

/** Pages of step records, at least 1. */
export function pageCount({ steps }: RunData): number {
  return Math.max(1, Math.ceil(steps.length / stepsOnPage));
}

function whole(value: number | undefined): string {
  return value === undefined || !Number.isFinite(value) ? '–' : value.toLocaleString('en-US');
}
