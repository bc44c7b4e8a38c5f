import { isDeepStrictEqual } from 'node:util';
import { isPresetName, presets } from './presets.ts';
import type { Preset } from './presets.ts';
import { configurationSchema } from './schema.ts';
import type { Configuration } from './schema.ts';

const network = ['cell', 'direction', 'layers', 'hiddenSize', 'tiedEmbeddings'] as const;

/** The perplexities that were published for a run's preset: on the Penn Treebank, and with the preset's own network. */
export function publishedFor({
  preset,
  corpus,
  model,
}: Pick<Configuration, 'preset' | 'corpus' | 'model'>): Preset['expected'] | undefined {
  if (preset === undefined || !isPresetName(preset) || corpus.kind !== 'ptb') return undefined;
  const { configuration, expected } = presets[preset];
  const own = configurationSchema.parse({ model: configuration.model }).model;
  return network.every((key) => isDeepStrictEqual(own[key], model[key])) ? expected : undefined;
}
