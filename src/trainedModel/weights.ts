import * as z from 'zod';

import { evaluatedTensor } from '../config/optimisers.ts';
import type { Configuration } from '../config/schema.ts';
import type { Tensor, Variables } from '../engine/engine.ts';
import { formatShape, sizeOf } from '../graph/node.ts';
import type { Shape } from '../graph/node.ts';
import { parameterSpecifications } from '../model/languageModel.ts';
import { loadCheckpoint } from '../runs/checkpoints.ts';
import type { Checkpoint, CheckpointChoice } from '../runs/checkpoints.ts';
import { readStatus } from '../runs/files.ts';
import type { RunConfig } from '../runs/schema.ts';
import { sumsNotice } from '../runs/sumsNotice.ts';
import { FileError, messageOf } from '../util/errors.ts';

/**
 * The parameters among the tensors of a checkpoint, as they stand for the model: averaged where the optimiser averages.
 * @throws FileError when one is missing or has another size than the configuration says
 */
export function parametersFrom(
  tensors: readonly { name: string; data: Float32Array | Int32Array }[],
  { model, training }: Pick<Configuration, 'model' | 'training'>,
  vocabularySize: number,
): Map<string, Tensor> {
  const specifications = parameterSpecifications(model, vocabularySize);
  const named = specifications.map(({ name, shape }) => ({ name: evaluatedTensor(training.optimizer, name), shape }));
  const found = [...tensorsFrom(tensors, named).values()];
  return new Map(specifications.flatMap(({ name }, index) => (found[index] ? [[name, found[index]]] : [])));
}

/** Those of a checkpoint's tensors that are specified, in that order. @throws FileError naming one that is not there */
export function tensorsFrom(
  tensors: readonly { name: string; data: Float32Array | Int32Array }[],
  specifications: readonly { name: string; shape: Shape }[],
): Map<string, Tensor> {
  const given = new Map(tensors.map((tensor) => [tensor.name, tensor.data]));
  return new Map(
    specifications.map(({ name, shape }) => {
      const data = given.get(name);
      if (!(data instanceof Float32Array) || data.length !== sizeOf(shape)) {
        throw new FileError(
          `The checkpoint has no tensor ${name} of shape ${formatShape(shape)} with float32 numbers: it belongs to another configuration.`,
        );
      }
      return [name, { shape, data }];
    }),
  );
}

/** Sets recurrent states to zero, as before the first word of a text. */
export function clearStates(variables: Variables, states: readonly { name: string; shape: Shape }[]): void {
  for (const { name, shape } of states) variables.set(name, { shape, data: new Float32Array(sizeOf(shape)) });
}

/** Which weights of a run are wanted. */
export interface WeightsChoice {
  /** Left out: the best of a run that was to stop early, the newest of any other. */
  checkpoint?: CheckpointChoice | undefined;
  /** A sentence that a person should read. */
  onNotice?: ((sentence: string) => void) | undefined;
}

/**
 * The weights that stand for a run: those that its own test was made with, unless others are asked for. What a person
 * should know of them is told.
 * @throws FileError
 */
export async function loadWeights(
  folder: string,
  config: RunConfig,
  { checkpoint, onNotice }: WeightsChoice,
): Promise<Checkpoint<unknown>> {
  const { training } = config.configuration;
  const chosen = checkpoint ?? (training.earlyStoppingEpochs === null ? 'newest' : 'best');
  const load = async (which: CheckpointChoice) => {
    const loaded = await loadCheckpoint(folder, z.unknown(), which);
    for (const warning of loaded.warnings) onNotice?.(warning);
    return loaded;
  };
  // A status that cannot be read keeps nobody from the weights.
  const status = await readStatus(folder).catch(() => undefined);
  const notice = sumsNotice({ config, status });
  if (notice !== undefined) onNotice?.(notice);
  try {
    return await load(chosen);
  } catch (error) {
    // Nobody asked for the best by name, and a run that was interrupted early has none yet.
    if (!(error instanceof FileError) || chosen === 'newest' || checkpoint !== undefined) throw error;
    onNotice?.(`The newest weights are used: ${messageOf(error)}`);
    return load('newest');
  }
}
