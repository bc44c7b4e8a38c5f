import { measureOf } from '../config/measures.ts';
import type { EngineConfiguration } from '../config/schema.ts';
import type { SplitName } from '../corpus/corpus.ts';
import { createEngine } from '../engine/index.ts';
import { cells } from '../model/cells/index.ts';
import type { CheckpointKind } from '../runs/checkpoints.ts';
import { readConfig } from '../runs/files.ts';
import { writeSafetensors } from '../formats/safetensors.ts';
import { Evaluator } from './evaluation.ts';
import type { EvaluationResult } from './evaluation.ts';
import { loadWeights, parametersFrom } from '../trainedModel/weights.ts';
import { loadRunCorpus, readRunVocabulary } from '../trainedModel/runCorpus.ts';

/**
 * The perplexity of a run's checkpoint on a split of its corpus, or of another text that is numbered with the
 * run's vocabulary (words that it lacks are `<unk>`). Another text that is a single file is taken whole.
 */
export async function evaluateRun(options: {
  folder: string;
  split: SplitName;
  /** Left out: the best of a run that was to stop early, the newest of any other. */
  checkpoint?: CheckpointKind | undefined;
  corpus?: { kind: 'ptb' | 'folder' | 'file'; path: string } | undefined;
  engine?: Partial<EngineConfiguration>;
  onNotice?: (sentence: string) => void;
  signal?: AbortSignal;
}): Promise<EvaluationResult & { measure: ReturnType<typeof measureOf> }> {
  const { folder, split, onNotice, signal } = options;
  const config = await readConfig(folder);
  const { configuration } = config;
  const { model, evaluation } = configuration;
  const corpus = await loadRunCorpus(folder, config, { ...options, wholeFileAs: options.corpus ? split : undefined });
  if (!options.corpus && corpus.digest !== config.corpus.digest) {
    onNotice?.('The corpus has changed since the run was created: the figures are for the text as it is now.');
  }
  const vocabularySize = corpus.vocabulary.size;
  const { tensors } = await loadWeights(folder, config, options);
  const engine = await createEngine({ ...configuration.engine, ...options.engine, ...(onNotice ? { onNotice } : {}) });
  const evaluator = await Evaluator.create(engine, { model, evaluation, vocabularySize });
  const variables = engine.createVariables();
  try {
    for (const [name, tensor] of parametersFrom(tensors, configuration, vocabularySize)) variables.set(name, tensor);
    const result = await evaluator.evaluate(variables, corpus.splits[split], { signal });
    return { ...result, measure: measureOf(model) };
  } finally {
    variables.dispose();
    await evaluator.dispose();
  }
}

/**
 * Writes the weights of a run's checkpoint, without recurrent states, as a safetensors file.
 * @returns name and shape of each tensor; the names and layouts are parameterSpecifications'
 */
export async function exportRun(options: {
  folder: string;
  file: string;
  checkpoint?: CheckpointKind | undefined;
  onNotice?: (sentence: string) => void;
}): Promise<{ name: string; shape: readonly number[] }[]> {
  const { folder, file } = options;
  const config = await readConfig(folder);
  const { configuration } = config;
  const { words } = await readRunVocabulary(folder, config);
  const { tensors } = await loadWeights(folder, config, options);
  const parameters = [...parametersFrom(tensors, configuration, words.length)];
  const named = parameters.map(([name, { shape, data }]) => ({ name, shape, data }));
  const gates = cells[configuration.model.cell].gates.join(',');
  await writeSafetensors(file, named, { cell: configuration.model.cell, gates });
  return named.map(({ name, shape }) => ({ name, shape }));
}
