import { resolveConfiguration } from '../../src/config/parse.ts';
import { presetNames } from '../../src/config/presets.ts';
import type { PresetName } from '../../src/config/presets.ts';
import type { Configuration, ConfigurationInput } from '../../src/config/schema.ts';

/** A network as people train it, and how much of it is trained here. */
export interface SizedShape {
  /** As tables call it. */
  title: string;
  configuration: Configuration;
  vocabularySize: number;
  /** Training steps of one repeat. */
  steps: number;
  /** How often the same steps are trained again with one number of threads. */
  repeats: number;
}

/** Words of the vocabularies; a text of characters has about 50. */
const [words, characters] = [10_000, 50];
const usual = { steps: 3, repeats: 5 };

/** A step of `large` takes seconds, and its weights are 264 MB a copy. */
const ofPresets: Readonly<Partial<Record<PresetName, { steps: number; repeats: number }>>> = {
  large: { steps: 2, repeats: 3 },
};

type Others = Readonly<Record<string, Pick<ConfigurationInput, 'model' | 'training'> & { vocabularySize?: number }>>;

const byCharacters = { batchSize: 50, steps: 100 };
/** Shapes that no preset has: wider batches, other widths, cells, optimisers and directions. */
const others: Others = {
  '2×650 without dropout': { model: { hiddenSize: 650 } },
  '2×200, batch 64': { model: { hiddenSize: 200 }, training: { batchSize: 64 } },
  '2×400': { model: { hiddenSize: 400 } },
  '2×500': { model: { hiddenSize: 500 } },
  'characters 2×200, 50 × 100': { model: { hiddenSize: 200 }, training: byCharacters, vocabularySize: characters },
  'GRU 2×400': { model: { hiddenSize: 400, cell: 'gru' } },
  'plain RNN 2×400': { model: { hiddenSize: 400, cell: 'rnn' } },
  'tied 2×400': { model: { hiddenSize: 400, tiedEmbeddings: true } },
  'adam 2×400': { model: { hiddenSize: 400 }, training: { optimizer: { kind: 'adam' }, learningRate: 0.002 } },
  'bidirectional 2×200, batch 64': {
    model: { hiddenSize: 200, direction: 'bidirectional' },
    training: { batchSize: 64 },
  },
};

function titleOf(preset: PresetName, { model, training }: Configuration): string {
  return `${preset} (${model.layers}×${String(model.hiddenSize)}, ${training.batchSize} × ${training.steps})`;
}

/** Every shape of the suite: the recipes' own, then the others, 20 × 35 words a step where nothing else is said. */
export const sizedShapes: readonly SizedShape[] = [
  ...presetNames.map((preset) => {
    const configuration = resolveConfiguration({ preset });
    const counts = ofPresets[preset] ?? usual;
    return { title: titleOf(preset, configuration), configuration, vocabularySize: words, ...counts };
  }),
  ...Object.entries(others).map(([title, { vocabularySize = words, ...values }]) => ({
    title,
    configuration: resolveConfiguration({ values }),
    vocabularySize,
    ...usual,
  })),
];

/** @throws Error when there is no shape of that title */
export function sizedShape(title: string): SizedShape {
  const shape = sizedShapes.find((candidate) => candidate.title === title);
  if (!shape) throw new Error(`no shape is called ${title}; there are ${sizedShapes.map((s) => s.title).join('; ')}`);
  return shape;
}
