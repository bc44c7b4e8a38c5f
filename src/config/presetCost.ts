import { builtinSizes } from './builtinSizes.ts';
import { flopsPerToken } from './cost.ts';
import { presets } from './presets.ts';
import type { PresetName } from './presets.ts';
import { configurationSchema } from './schema.ts';

/** What a preset's arithmetic is worked out from: its corpus, the size of the vocabulary, and a step of its training. */
export interface PresetCost {
  readonly corpus: 'builtin' | 'ptb';
  readonly vocabularySize: number;
  readonly epochs: number;
  readonly wordsPerStep: number;
  /** Floating-point operations of training for one word, as flopsPerToken counts them. */
  readonly flopsPerWord: number;
}

/** The cost of a preset with the corpus that it is meant for: the built-in one for `demo`, else the Penn Treebank. */
export function presetCost(preset: PresetName): PresetCost {
  const { corpus, model, training } = configurationSchema.parse(presets[preset].configuration);
  const isBuiltin = preset === 'demo';
  const vocabularySize = isBuiltin ? builtinSizes.vocabulary : corpus.vocabularySize;
  return {
    corpus: isBuiltin ? 'builtin' : 'ptb',
    vocabularySize,
    epochs: training.epochs,
    wordsPerStep: training.batchSize * training.steps,
    flopsPerWord: flopsPerToken(model, vocabularySize),
  };
}
