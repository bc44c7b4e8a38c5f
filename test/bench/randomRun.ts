import { configurationSchema } from '../../src/config/schema.ts';
import { parameterSpecifications } from '../../src/model/languageModel.ts';
import { saveCheckpoint } from '../../src/runs/checkpoints.ts';
import { createRun } from '../../src/runs/store.ts';
import { fillUniform, randomKey } from '../../src/util/random.ts';
import { newRun } from '../unit/runs/fixtures.ts';

/** As many words as the Penn Treebank's vocabulary has. */
export const vocabularySize = 10_000;
const words = Array.from({ length: vocabularySize }, (_, id) => (id === 0 ? '<eos>' : id === 1 ? '<unk>' : `w${id}`));

/**
 * A run of two LSTM layers that was never trained, named after its shape (`2x200`): its weights are random, which costs
 * what trained ones cost.
 *
 * @returns its folder
 */
export async function randomRun(runsFolder: string, hiddenSize: number): Promise<string> {
  const configuration = configurationSchema.parse({ name: `2x${hiddenSize}`, model: { hiddenSize, layers: 2 } });
  const corpus = { ...newRun(runsFolder).corpus, vocabulary: vocabularySize };
  const vocabulary = { words, counts: words.map(() => 1) };
  const store = await createRun(newRun(runsFolder, { configuration, corpus, vocabulary }));
  const tensors = parameterSpecifications(configuration.model, vocabularySize).map(({ name, shape }, index) => {
    const data = new Float32Array(shape.reduce((product, size) => product * size, 1));
    fillUniform(data, 0.1, randomKey(1, 'weights', index));
    return { name, shape: [...shape], data };
  });
  await saveCheckpoint(store.folder, { step: 1, tensors, progress: {} });
  await store.updateStatus({ state: 'done' });
  await store.close();
  return store.folder;
}

/** Words of that vocabulary, no two neighbours alike. @param from another number, another text */
export function randomText(tokens: number, from: number): string {
  return Array.from({ length: tokens }, (_, place) => words[2 + ((from + place * 7919) % (vocabularySize - 2))]).join(
    ' ',
  );
}
