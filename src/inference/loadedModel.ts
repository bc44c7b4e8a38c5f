import { visibleGates } from '../config/cells.ts';
import type { Configuration } from '../config/schema.ts';
import { Vocabulary } from '../corpus/vocabulary.ts';
import type { Engine, Variables } from '../engine/engine.ts';
import { cells } from '../model/cells/index.ts';
import type { Reading } from '../model/network.ts';
import type { ModelChoice, ModelFacts } from '../protocol/inference.ts';
import { readConfig } from '../runs/files.ts';
import type { RunConfig } from '../runs/schema.ts';
import { Reader } from '../trainedModel/reader.ts';
import type { States } from '../trainedModel/reader.ts';
import { readRunVocabulary } from '../trainedModel/runCorpus.ts';
import { loadWeights, parametersFrom } from '../trainedModel/weights.ts';
import { FileError } from '../util/errors.ts';
import { prefixKeys, PrefixCache } from './prefixes.ts';

/** States are kept after so many of the last words of a text: an edit near its end then costs a few steps. */
const rememberedWords = 64;

/** A run's model, ready to be asked. */
export class LoadedModel {
  readonly reader: Reader;
  private readonly prefixes: Readonly<Record<Reading, PrefixCache>> = {
    forward: new PrefixCache(),
    backward: new PrefixCache(),
  };

  private lastAlone: Promise<unknown> = Promise.resolve();

  private constructor(
    readonly folder: string,
    readonly config: RunConfig,
    readonly vocabulary: Vocabulary,
    readonly engine: Engine,
    readonly variables: Variables,
    /** Steps of training behind the weights. */
    readonly checkpointStep: number,
  ) {
    this.reader = new Reader(engine, variables, { model: this.model, vocabularySize: vocabulary.size });
  }

  /** @throws FileError where the run, its vocabulary or its weights cannot be read: it says which and why */
  static async load(
    { folder, checkpoint }: ModelChoice,
    { engine, onNotice }: { engine: Engine; onNotice?: ((sentence: string) => void) | undefined },
  ): Promise<LoadedModel> {
    const config = await readConfig(folder);
    const { configuration } = config;
    const vocabulary = await readRunVocabulary(folder, config);
    const { tensors, step } = await loadWeights(folder, config, { checkpoint, onNotice });
    const parameters = parametersFrom(tensors, configuration, vocabulary.size);
    for (const [name, { data }] of parameters) {
      if (areNumbers(data)) continue;
      throw new FileError(
        `The weights of step ${step} of ${folder} cannot be used: ${name} contains values that are not numbers. The training diverged: use another checkpoint, or train again with a smaller learning rate.`,
      );
    }
    const variables = engine.createVariables();
    for (const [name, tensor] of parameters) variables.set(name, tensor);
    return new LoadedModel(folder, config, vocabulary, engine, variables, step);
  }

  get configuration(): Configuration {
    return this.config.configuration;
  }

  get model(): Configuration['model'] {
    return this.configuration.model;
  }

  get isBidirectional(): boolean {
    return this.model.direction === 'bidirectional';
  }

  get facts(): ModelFacts {
    const { cell, direction, layers, hiddenSize } = this.model;
    return {
      checkpointStep: this.checkpointStep,
      cell,
      direction,
      layers,
      hiddenSize,
      vocabularySize: this.vocabulary.size,
      unit: this.configuration.corpus.unit,
      series: [...cells[cell].states, ...visibleGates(cell)],
    };
  }

  /** The last layer's output among states. */
  outputOf(states: States): Float32Array {
    return states[(this.model.layers - 1) * cells[this.model.cell].states.length] ?? new Float32Array(0);
  }

  /**
   * The states after ids were read, from zero states. What was read lately is not read again.
   *
   * @param ids in the order in which they are read
   * @throws the reason of `signal` when it aborts
   */
  async statesAfter(
    ids: ArrayLike<number>,
    { reading = 'forward', signal }: { reading?: Reading; signal?: AbortSignal | undefined } = {},
  ): Promise<States> {
    const cache = this.prefixes[reading];
    const keys = prefixKeys(ids);
    const known = cache.longest(keys);
    let states = known.states ?? this.reader.zeroStates();
    const left = Array.from({ length: ids.length - known.length }, (_, place) => ids[known.length + place] ?? 0);
    for await (const chunk of this.reader.read(left, { reading, states, signal })) {
      for (let place = 0; place < chunk.count; place++) {
        const length = known.length + chunk.start + place + 1;
        if (length < ids.length - rememberedWords && place < chunk.count - 1) continue;
        states = chunk.statesAfter(place);
        if (length >= ids.length - rememberedWords) cache.set(keys[length - 1] ?? 0, states);
      }
    }
    return states;
  }

  /** Works when all who asked for this before have ended: of the states that a graph keeps itself a model has one set. */
  async whenAlone<R>(work: () => Promise<R>): Promise<R> {
    const working = this.lastAlone.then(work);
    this.lastAlone = working.catch(() => undefined);
    return working;
  }

  async dispose(): Promise<void> {
    await this.reader.dispose();
    this.variables.dispose();
  }
}

/** Whether none is infinite or no number: their difference from themselves is none either. */
function areNumbers(values: Float32Array): boolean {
  let sum = 0;
  for (const value of values) sum += value - value;
  return sum === 0;
}
