import type { CurveRun } from '../../src/protocol/curves.ts';
import { figure } from './ticks.ts';

/** A dashed horizontal line of the perplexity chart. */
export interface Reference {
  readonly value: number;
  /** Where the figure is from: `lowest possible`, `published small`. */
  readonly source: string;
  readonly split: 'validation' | 'test';
}

/**
 * The floor of the built-in corpus and the published figures of the runs' presets, the least first. Training's are left
 * out: what is compared is validation and test. Runs that have the same figure share its line.
 */
export function referencesOf(runs: readonly CurveRun[]): Reference[] {
  const found = new Map<string, Reference>();
  const put = (source: string, figures: CurveRun['floor']): void => {
    for (const [split, value] of [
      ['validation', figures?.valid],
      ['test', figures?.test],
    ] as const)
      if (value !== undefined && value > 0) found.set(`${source} ${split} ${value}`, { value, source, split });
  };
  for (const { floor, published, preset } of runs) {
    put('lowest possible', floor);
    put(preset === undefined ? 'published' : `published ${preset}`, published);
  }
  return [...found.values()].sort((left, right) => left.value - right.value);
}

/** What the dashed lines are, a text a source: `published small: test 115.9, validation 119.6`. */
export function referenceWords(references: readonly Reference[]): string[] {
  const sources = new Set(references.map(({ source }) => source));
  return [...sources].map((source) => {
    const ofSource = references.filter((reference) => reference.source === source);
    return `${source}: ${ofSource.map(({ split, value }) => `${split} ${figure(value)}`).join(', ')}`;
  });
}
