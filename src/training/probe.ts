import { visibleGates } from '../config/cells.ts';
import { readingsOf } from '../config/vocabulary.ts';
import type { Configuration, ModelConfiguration } from '../config/schema.ts';
import { lastLayerSize, layerSizes } from '../config/sizes.ts';
import type { TokenIds } from '../corpus/batches.ts';
import { endOfSentence } from '../corpus/vocabulary.ts';
import type { Vocabulary } from '../corpus/vocabulary.ts';
import type { Engine, Variables } from '../engine/engine.ts';
import { cells } from '../model/cells/index.ts';
import type { Reading } from '../model/network.ts';
import type { ProbePlace, ProbeRecord } from '../runs/probes.ts';
import { Reader, type States } from '../trainedModel/reader.ts';
import { candidates, draw, likeliest } from '../trainedModel/sampling.ts';
import { ConfigurationError } from '../util/errors.ts';

type Unit = Configuration['corpus']['unit'];

/** How much of the validation text is the probe where nobody says what is, in tokens. */
const defaultLength: Readonly<Record<Unit, number>> = { word: 20, character: 80 };
/** Tokens of a sample. */
const sampleLength: Readonly<Record<Unit, number>> = { word: 40, character: 200 };
/** Words that are told of those that may come next. */
const nextCount = 10;
/**
 * Records of a run where nobody says how often. A short run has fewer, down to 20: a record of a small network takes a
 * fifth of a step, more where other programs want the processor, and 30 steps between two keep it under 2 %.
 */
const usual = { records: 100, fewest: 20, stepsBetween: 30 };
/** What the records of a run may take on the disk, in bytes. */
const maxBytes = 48 * 1024 * 1024;
/** One record may take a sixth of that: fewer would show nothing of how a network learns. */
const fewestRecords = 6;

export interface ProbePlan {
  /** A record is made at step 0 and at its multiples. */
  readonly everySteps: number;
  /** Whether the gates are recorded beside the states. */
  readonly hasGates: boolean;
  /** What all records of a run have in numbers, in bytes. */
  readonly bytes: number;
}

/**
 * How often a run records its probe, and what: as it is configured where that fits on the disk, else the states without
 * the gates, else at fewer steps.
 *
 * @param asked.everySteps null for about a hundred records of a long run, fewer of a short one
 * @returns undefined where not even a few records would fit
 */
export function planProbe(
  model: ModelConfiguration,
  asked: { everySteps: number | null; tokens: number; totalSteps: number },
): ProbePlan | undefined {
  const { tokens, totalSteps } = asked;
  const units = layerSizes(model).reduce((all, size) => all + size, 0);
  const seriesBytes = readingsOf[model.direction].length * tokens * units * 4;
  const states = cells[model.cell].states.length;
  const bytesOf = (hasGates: boolean): number =>
    seriesBytes * (states + (hasGates ? visibleGates(model.cell).length : 0));
  // The first one, the multiples, and the last step where it is none of them.
  const recordsAt = (every: number): number => Math.ceil(totalSteps / every) + 1;
  const everySteps = asked.everySteps ?? usualInterval(totalSteps);
  const records = recordsAt(everySteps);
  for (const hasGates of [true, false]) {
    const bytes = records * bytesOf(hasGates);
    if (bytes <= maxBytes) return { everySteps, hasGates, bytes };
  }
  const most = Math.floor(maxBytes / bytesOf(false));
  if (most < fewestRecords) return undefined;
  const wider = Math.ceil(totalSteps / (most - 1));
  return { everySteps: wider, hasGates: false, bytes: recordsAt(wider) * bytesOf(false) };
}

function usualInterval(totalSteps: number): number {
  const { records, fewest, stepsBetween } = usual;
  return Math.max(1, Math.ceil(totalSteps / records), Math.min(stepsBetween, Math.ceil(totalSteps / fewest)));
}

export interface ProbeOptions {
  configuration: Configuration;
  vocabulary: Vocabulary;
  /** The validation text. */
  valid: TokenIds;
  engine: Engine;
  /** Those that are trained: they are read as they are at each record. */
  variables: Variables;
  totalSteps: number;
  /** A sentence that a person should read. */
  onNotice?: ((sentence: string) => void) | undefined;
}

/**
 * Shows what a network in training makes of a few words: its states, what it expects after them, and what it writes. It
 * only reads the weights, and keeps states of its own, so a run has the same numbers with it and without.
 */
export class Probe {
  private readonly reader: Reader;

  private constructor(
    private readonly options: ProbeOptions,
    /** Ids of the words that are read. */
    private readonly ids: readonly number[],
    readonly plan: ProbePlan,
  ) {
    const { configuration, vocabulary, engine, variables } = options;
    this.reader = new Reader(engine, variables, { model: configuration.model, vocabularySize: vocabulary.size });
  }

  /**
   * Undefined where the configuration wants none, or none would fit on the disk (then with a notice). Nothing is computed
   * before the first record.
   *
   * @throws ConfigurationError naming a word that the vocabulary cannot read
   */
  static create(options: ProbeOptions): Probe | undefined {
    const { configuration, totalSteps, onNotice } = options;
    const { everySteps } = configuration.training.probe;
    if (everySteps === 0) return undefined;
    const ids = idsOf(options);
    const plan = planProbe(configuration.model, { everySteps, tokens: ids.length, totalSteps });
    if (plan === undefined) {
      onNotice?.(
        `The probe is not recorded: for a network of this size its ${ids.length} tokens would take too much disk space. Use a shorter training.probe.text.`,
      );
      return undefined;
    }
    if (everySteps !== null && plan.everySteps > everySteps)
      onNotice?.(
        `The probe is recorded every ${plan.everySteps} steps, not every ${everySteps}: its records would take more than 48 MiB of disk space.`,
      );
    return new Probe(options, ids, plan);
  }

  /** Whether a record is to be made. @param step steps done over all epochs */
  isDue(step: number): boolean {
    return step % this.plan.everySteps === 0 || step === this.options.totalSteps;
  }

  /** What the network makes of the probe with its weights as they are. @throws EngineError */
  async record(place: ProbePlace): Promise<ProbeRecord> {
    const { configuration, vocabulary } = this.options;
    const { model } = configuration;
    const end = vocabulary.endOfSentenceId;
    const forward = await this.read('forward', [end, ...this.ids]);
    const read = [forward];
    // The place between the last word and the end of the sentence is what a bidirectional network fills in.
    if (model.direction === 'bidirectional') read.push(await this.read('backward', [end, ...this.ids.toReversed()]));
    const outputs = read.map(({ reading, rows }) => {
      const output = rows.get(seriesKey(model.layers - 1, 'h')) ?? [];
      return (reading === 'forward' ? output.at(-1) : output[0]) ?? new Float32Array(lastLayerSize(model));
    });
    const { probabilities } = await this.reader.predict(outputs);
    return {
      step: place.step,
      epoch: place.epoch,
      tokens: this.ids.map((id) => vocabulary.words[id] ?? ''),
      next: likeliest(probabilities, nextCount).map((id) => ({
        word: vocabulary.words[id] ?? '',
        // A float32 probability can be a hair more than 1.
        probability: Math.min(1, Math.max(0, probabilities[id] ?? 0)),
      })),
      series: read.flatMap(({ reading, rows }) => this.seriesOf(reading, rows)),
    };
  }

  /**
   * A text that the network writes after the end of a sentence, drawn with the run's seed: the same numbers of chance each
   * time, so that only the weights make the difference. Undefined for a bidirectional network, which cannot write.
   *
   * @throws EngineError
   */
  async sample(): Promise<string | undefined> {
    const { configuration, vocabulary } = this.options;
    const { model, corpus, seed } = configuration;
    if (model.direction === 'bidirectional') return undefined;
    const banned = vocabulary.unknownId === undefined ? [] : [vocabulary.unknownId];
    const words: string[] = [];
    let states: States | undefined;
    let last = vocabulary.endOfSentenceId;
    for (let place = 0; place < sampleLength[corpus.unit]; place++) {
      let output = new Float32Array(lastLayerSize(model));
      for await (const chunk of this.reader.read([last], { states })) {
        states = chunk.statesAfter(0);
        output = chunk.series(model.layers - 1, 'h').slice();
      }
      const { probabilities } = await this.reader.predict([output]);
      const plain = { temperature: 1, topK: 0, topP: 1 };
      last = draw(candidates(probabilities, plain, { banned, sorted: false }), seed, place);
      words.push(last === vocabulary.endOfSentenceId ? '\n' : (vocabulary.words[last] ?? ''));
    }
    return corpus.unit === 'character'
      ? words.join('')
      : words.join(' ').replaceAll(' \n ', '\n').replace(/ \n$/, '\n');
  }

  /** Frees what it computes with; the variables are the trainer's. */
  async dispose(): Promise<void> {
    await this.reader.dispose();
  }

  /** Each series row by row, [hidden], in the order read, the end of the sentence in front included. */
  private async read(
    reading: Reading,
    ids: readonly number[],
  ): Promise<{ reading: Reading; rows: Map<string, Float32Array[]> }> {
    const sizes = layerSizes(this.options.configuration.model);
    const rows = new Map<string, Float32Array[]>();
    for await (const chunk of this.reader.read(ids, { reading, gates: this.plan.hasGates })) {
      for (const [layer, units] of sizes.entries()) {
        for (const name of this.names) {
          const values = chunk.series(layer, name);
          const known = rows.get(seriesKey(layer, name)) ?? [];
          rows.set(seriesKey(layer, name), known);
          for (let row = 0; row < chunk.count; row++) known.push(values.slice(row * units, (row + 1) * units));
        }
      }
    }
    return { reading, rows };
  }

  /** The series of a direction in the order of the text, without the end of the sentence. */
  private seriesOf(reading: Reading, rows: ReadonlyMap<string, readonly Float32Array[]>): ProbeRecord['series'] {
    return layerSizes(this.options.configuration.model).flatMap((units, layer) =>
      this.names.map((name) => {
        const read = (rows.get(seriesKey(layer, name)) ?? []).slice(1);
        const data = new Float32Array(read.length * units);
        const inOrder = reading === 'forward' ? read : read.toReversed();
        inOrder.forEach((row, index) => data.set(row, index * units));
        return { reading, layer, name, units, data };
      }),
    );
  }

  /** Of a layer's series, states first. */
  private get names(): readonly string[] {
    const { model } = this.options.configuration;
    return [...cells[model.cell].states, ...(this.plan.hasGates ? visibleGates(model.cell) : [])];
  }
}

const seriesKey = (layer: number, name: string): string => `${layer}.${name}`;

function idsOf({ configuration, vocabulary, valid }: ProbeOptions): number[] {
  const { unit } = configuration.corpus;
  const { text } = configuration.training.probe;
  if (text === null) return [...valid.subarray(0, defaultLength[unit])];
  const words =
    unit === 'character' ? Array.from(text, (one) => (one === '\n' ? endOfSentence : one)) : text.split(/\s+/u);
  return words.map((word) => {
    const id = vocabulary.idOf(word) ?? vocabulary.unknownId;
    if (id !== undefined) return id;
    throw new ConfigurationError(
      `training.probe.text: ${JSON.stringify(word)} is not in the vocabulary, which has no <unk> for unknown words; use words of the corpus, or null`,
    );
  });
}
