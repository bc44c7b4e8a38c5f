import { schemaAddress } from './editorSchema.ts';
import { resolveConfiguration } from './parse.ts';
import type { PresetName } from './presets.ts';
import { textName } from './runName.ts';
import type { ConfigurationInput, ModelConfiguration } from './schema.ts';

/** How the layers of a network lie, in the combinations that make sense. */
export const shapes = {
  forward: {
    title: 'Forward',
    description: 'Predicts each word from the words before it, with as many layers as the preset has.',
    model: { direction: 'forward' },
  },
  deep: {
    title: 'Deep',
    description: 'Forward, with 3 stacked layers.',
    model: { direction: 'forward', layers: 3 },
  },
  bidirectional: {
    title: 'Bidirectional',
    description: 'Fills in each word from the words on both sides of it; scored as pseudo-perplexity.',
    model: { direction: 'bidirectional' },
  },
  deepBidirectional: {
    title: 'Deep bidirectional',
    description: 'Fills in each word, with 3 layers in each direction.',
    model: { direction: 'bidirectional', layers: 3 },
  },
} as const satisfies Record<string, { title: string; description: string; model: Partial<ModelConfiguration> }>;

export type Shape = keyof typeof shapes;

export interface NewExperiment {
  readonly name: string;
  readonly preset: PresetName;
  readonly corpus: NonNullable<ConfigurationInput['corpus']>;
  readonly cell: ModelConfiguration['cell'];
  readonly shape: Shape;
}

/** A name that says what is new in an experiment: `ptb-gru-bidirectional`. */
export function suggestedName({ corpus, cell, shape }: Omit<NewExperiment, 'name' | 'preset'>): string {
  const words = [textName(corpus) ?? 'builtin', cell, ...(shape === 'forward' ? [] : [shapes[shape].title])];
  return words
    .join('-')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '-');
}

/**
 * A configuration file with what differs from its preset and no more.
 *
 * @returns its text, and where the next key would be written
 */
export function experimentText(experiment: NewExperiment): { text: string; cursor: number } {
  const { name, preset, corpus, cell, shape } = experiment;
  const usual = resolveConfiguration({ preset }).model;
  const wanted: Partial<ModelConfiguration> = { cell, ...shapes[shape].model };
  const model = Object.entries(wanted).filter(([key, value]) => usual[key as keyof ModelConfiguration] !== value);
  const file = {
    $schema: schemaAddress,
    name,
    preset,
    corpus,
    ...(model.length > 0 && { model: Object.fromEntries(model) }),
  };
  const text = `${JSON.stringify(file, null, 2)}\n`;
  return { text, cursor: text.length - '\n}\n'.length };
}
