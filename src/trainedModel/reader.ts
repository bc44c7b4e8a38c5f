import { setImmediate as turn } from 'node:timers/promises';

import { visibleGates } from '../config/cells.ts';
import type { ModelConfiguration } from '../config/schema.ts';
import { lastLayerSize, layerSizes } from '../config/sizes.ts';
import type { Engine, Program, Variables } from '../engine/engine.ts';
import { cells } from '../model/cells/index.ts';
import { feedNames } from '../model/languageModel.ts';
import type { Reading } from '../model/network.ts';
import { buildOutputGraph, buildReadingGraph, readingNames } from '../model/reading.ts';

/** Words in one call of the engine: enough that its products run at speed, little enough to be made ready quickly. */
const chunkSteps = 32;

/** Each recurrent state of each layer, [batch, hidden], layer after layer in the cell's order. */
export type States = readonly Float32Array[];

/** Words that were read in one call of the engine. */
export interface ReadChunk {
  /** The place of its first word among those that were given. */
  readonly start: number;
  /** Words of each stream. */
  readonly count: number;
  /** A state or a gate of a layer, [count · batch, hidden], in the order read. It is the engine's: copy what is kept. */
  series(layer: number, name: string): Float32Array;
  /** A copy of the states after the word at `place` of this chunk, from 0. */
  statesAfter(place: number): States;
}

export interface ReadOptions {
  reading?: Reading;
  /** Before the first word; left out for zeros. */
  states?: States | undefined;
  /** Whether the gates are wanted too. */
  gates?: boolean;
  /** Streams that are read side by side; the ids are then step after step, [steps · batch]. */
  batchSize?: number;
  /** Ends the reading between two calls of the engine, with its reason. */
  signal?: AbortSignal | undefined;
}

/**
 * Reads words with a trained model: states and gates at every word, and the probabilities of what comes at a place. The
 * weights are read where they lie, so a reader made on a trainer's variables sees them as they are just then. Programs
 * are made when they are first needed.
 */
export class Reader {
  private readonly programs = new Map<string, Promise<Program>>();

  constructor(
    private readonly engine: Engine,
    private readonly variables: Variables,
    private readonly options: { model: ModelConfiguration; vocabularySize: number },
  ) {}

  /** States before the first word of a text. */
  zeroStates(batchSize = 1): States {
    const { model } = this.options;
    return layerSizes(model).flatMap((size) => cells[model.cell].states.map(() => new Float32Array(batchSize * size)));
  }

  /**
   * Reads ids in pieces, each with the states that the one before it left. Between two pieces other work of the process
   * has its turn.
   *
   * @param ids in the order in which they are read: for the backward direction from the end of the text
   * @throws the reason of `signal` when it aborts
   */
  async *read(ids: ArrayLike<number>, options: ReadOptions = {}): AsyncGenerator<ReadChunk> {
    const { reading = 'forward', gates = false, batchSize = 1, signal } = options;
    let states = options.states ?? this.zeroStates(batchSize);
    const total = Math.floor(ids.length / batchSize);
    for (let start = 0; start < total;) {
      signal?.throwIfAborted();
      const left = total - start;
      const steps = left === 1 ? 1 : chunkSteps;
      const count = Math.min(left, steps);
      const tokens = new Int32Array(steps * batchSize);
      for (let place = 0; place < count * batchSize; place++) tokens[place] = ids[start * batchSize + place] ?? 0;
      const outputs = await this.run({ reading, gates, batchSize, steps }, tokens, states);
      const chunk = this.chunkOf(outputs, { start, count, batchSize });
      states = chunk.statesAfter(count - 1);
      yield chunk;
      start += count;
      if (start < total) await turn();
    }
  }

  /**
   * The probabilities of the words at places, [rows, vocabulary], and −log p of the words that came, in nats, [rows].
   *
   * @param outputs the last layer's `h` of each direction at the places, [rows, hidden], the forward ones first
   * @param targets the words that came; left out where nobody knows them: then there are no losses
   */
  async predict(
    outputs: readonly Float32Array[],
    targets?: ArrayLike<number>,
  ): Promise<{ probabilities: Float32Array; losses: Float32Array }> {
    const { model, vocabularySize } = this.options;
    const units = lastLayerSize(model);
    const count = (outputs[0]?.length ?? 0) / units;
    const probabilities = new Float32Array(count * vocabularySize);
    const losses = new Float32Array(targets ? count : 0);
    for (let start = 0; start < count;) {
      const rows = count - start === 1 ? 1 : chunkSteps;
      const part = Math.min(rows, count - start);
      const program = await this.outputProgram(rows, targets !== undefined);
      const fed = outputs.map((output, index) => {
        const padded = new Float32Array(rows * units);
        padded.set(output.subarray(start * units, (start + part) * units));
        return [readingNames.output(index === 0 ? 'forward' : 'backward'), padded] as const;
      });
      const wanted = Int32Array.from({ length: rows }, (_, row) => (row < part ? (targets?.[start + row] ?? 0) : 0));
      const made = await program.run(this.variables, {
        ...Object.fromEntries(fed),
        ...(targets ? { [feedNames.targets]: wanted } : {}),
      });
      probabilities.set(
        made[readingNames.probabilities]?.subarray(0, part * vocabularySize) ?? [],
        start * vocabularySize,
      );
      if (targets) losses.set(made[readingNames.losses]?.subarray(0, part) ?? [], start);
      start += part;
    }
    return { probabilities, losses };
  }

  /** Frees the programs; the variables are their maker's. */
  async dispose(): Promise<void> {
    const programs = [...this.programs.values()];
    this.programs.clear();
    await Promise.all(programs.map(async (program) => (await program.catch(() => undefined))?.dispose()));
  }

  private async run(
    shape: { reading: Reading; gates: boolean; batchSize: number; steps: number },
    tokens: Int32Array,
    states: States,
  ): Promise<Record<string, Float32Array>> {
    const { model, vocabularySize } = this.options;
    const { reading, gates, batchSize, steps } = shape;
    const name = `${reading} ${batchSize} ${steps} ${gates && visibleGates(model.cell).length > 0}`;
    const program = await this.program(name, () => buildReadingGraph({ model, vocabularySize, ...shape }));
    const names = cells[model.cell].states;
    const fed = states.map((data, index) => {
      const layer = Math.floor(index / names.length);
      return [readingNames.state(layer, names[index % names.length] ?? ''), data] as const;
    });
    return program.run(this.variables, { ...Object.fromEntries(fed), [feedNames.tokens]: tokens });
  }

  private outputProgram(rows: number, targets: boolean): Promise<Program> {
    const { model, vocabularySize } = this.options;
    return this.program(`output ${rows} ${targets}`, () => buildOutputGraph({ model, vocabularySize, rows, targets }));
  }

  private program(name: string, graph: () => ReturnType<typeof buildReadingGraph>): Promise<Program> {
    const known = this.programs.get(name);
    if (known) return known;
    const made = this.engine.compile(graph());
    this.programs.set(name, made);
    // The next who needs it tries again.
    made.catch(() => this.programs.delete(name));
    return made;
  }

  private chunkOf(
    outputs: Record<string, Float32Array>,
    { start, count, batchSize }: { start: number; count: number; batchSize: number },
  ): ReadChunk {
    const { model } = this.options;
    const names = cells[model.cell].states;
    const widths = layerSizes(model).map((size) => batchSize * size);
    const rowsOf = (layer: number, name: string): Float32Array => {
      const values = outputs[name];
      if (!values) throw new Error(`the network has no series ${name}`);
      return values.subarray(0, count * (widths[layer] ?? 0));
    };
    return {
      start,
      count,
      series: (layer, name) =>
        rowsOf(layer, names.includes(name) ? readingNames.state(layer, name) : readingNames.gate(layer, name)),
      statesAfter: (place) =>
        widths.flatMap((width, layer) =>
          names.map((state) =>
            rowsOf(layer, readingNames.state(layer, state)).slice(place * width, (place + 1) * width),
          ),
        ),
    };
  }
}
