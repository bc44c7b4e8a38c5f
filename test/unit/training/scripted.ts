import { resolveConfiguration } from '../../../src/config/parse.ts';
import type { Configuration } from '../../../src/config/schema.ts';
import type { Corpus } from '../../../src/corpus/corpus.ts';
import { Vocabulary } from '../../../src/corpus/vocabulary.ts';
import type { Engine, Tensor, Variables } from '../../../src/engine/engine.ts';
import type { Checkpoint } from '../../../src/runs/checkpoints.ts';
import type { RunStore } from '../../../src/runs/store.ts';
import type { SavedProgress } from '../../../src/training/events.ts';
import { prepareRun, trainRun } from '../../../src/training/run.ts';
import { Steering } from '../../../src/training/steering.ts';

/** What a run's engine comes to, whatever its network: runs of thousands of steps, and of any accident, in a moment. */
export interface Script {
  /** Cost of a word at a step (from 1), in nats. */
  readonly costOf: (step: number) => number;
  readonly stepsPerEpoch: number;
  /** The first element of the embedding after a step; left out, the step itself. */
  readonly weightOf?: (step: number) => number;
  /** Cost of a word of the other texts, in nats; 1 where it is left out. */
  readonly validCost?: number;
}

const size = 10;
export const scriptedVocabulary = size;

/** The step that a scripted engine's weights were saved at. */
export function stepOfWeights(checkpoint: Pick<Checkpoint<unknown>, 'tensors'>): number {
  return checkpoint.tensors.find(({ name }) => name === 'output.bias')?.data[0] ?? NaN;
}

/** A step of one word on one row of text, so that the cost of a step is that of a word. */
export function scriptedConfiguration(training: Partial<Configuration['training']> = {}): Configuration {
  const values = {
    model: { layers: 1, hiddenSize: 1 },
    training: { epochs: 1, batchSize: 1, steps: 1, checkpointSeconds: 86_400, probe: { everySteps: 0 }, ...training },
    evaluation: { test: false },
  };
  return resolveConfiguration({ values });
}

/**
 * Trains a run by a script, from its beginning or from a checkpoint.
 * @throws what trainRun throws
 */
export async function trainScripted(
  store: RunStore,
  script: Script,
  more: {
    configuration?: Configuration;
    checkpoint?: Checkpoint<SavedProgress>;
    steering?: Steering;
    onStep?: (step: number) => void;
  } = {},
): Promise<void> {
  const { configuration = scriptedConfiguration(), checkpoint, steering = new Steering(), onStep } = more;
  const text = (length: number) => new Int32Array(length);
  const words = ['<eos>', '<unk>', ...Array.from({ length: size - 2 }, (_, index) => `w${index}`)];
  const corpus: Corpus = {
    vocabulary: new Vocabulary(words, new Array<number>(size).fill(1)),
    splits: { train: text(script.stepsPerEpoch + 1), valid: text(10), test: text(10) },
    digest: '',
    files: [],
    tokensReadPerSecond: 1,
  };
  const engine = scriptedEngine(script, onStep);
  const prepared = await prepareRun({ configuration, corpus, engine, checkpoint });
  try {
    await trainRun({ configuration, corpus, engine, store, prepared, checkpoint, steering });
  } finally {
    await prepared.dispose();
  }
}

/** Its weights know how many steps were made of them, so that a checkpoint is gone on from where it was saved. */
function scriptedEngine({ costOf, weightOf, validCost = 1 }: Script, onStep?: (step: number) => void): Engine {
  return {
    description: 'scripted',
    unrollsLoops: true,
    createVariables: () => new ScriptedVariables(),
    compile: (graph) =>
      Promise.resolve({
        async run(variables, feeds) {
          if (!graph.outputs.has('cost'))
            return { losses: new Float32Array(feeds['targets']?.length ?? 0).fill(validCost) };
          const bias = await variables.get('output.bias');
          const step = Math.round(bias.data[0] ?? 0) + 1;
          bias.data[0] = step;
          variables.set('output.bias', bias);
          const embedding = await variables.get('embedding');
          embedding.data[0] = weightOf?.(step) ?? step;
          variables.set('embedding', embedding);
          onStep?.(step);
          return { cost: Float32Array.of(costOf(step)), gradientNorm: Float32Array.of(1) };
        },
        dispose: () => Promise.resolve(),
      }),
  };
}

class ScriptedVariables implements Variables {
  private readonly values = new Map<string, Tensor>();

  set(name: string, { shape, data }: Tensor): void {
    this.values.set(name, { shape, data: data.slice() });
  }

  get(name: string): Promise<Tensor> {
    const value = this.values.get(name);
    if (value === undefined) return Promise.reject(new Error(`no variable ${name}`));
    return Promise.resolve({ shape: value.shape, data: value.data.slice() });
  }

  has(name: string): boolean {
    return this.values.has(name);
  }

  names(): string[] {
    return [...this.values.keys()];
  }

  dispose(): void {
    this.values.clear();
  }
}
