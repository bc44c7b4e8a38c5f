import type { ExporterIdOf } from '../config/exporters.ts';
import { measureOf } from '../config/measures.ts';
import { csvPieces } from '../formats/curvesCsv.ts';
import type { LoadedModel } from '../inference/loadedModel.ts';
import { passage } from '../inference/passage.ts';
import { statesOfText } from '../inference/states.ts';
import type { CheckpointKind } from '../runs/checkpoints.ts';
import { readConfig } from '../runs/files.ts';
import { MetricsTail } from '../runs/tail.ts';
import { exportRun } from '../training/results.ts';
import { writeFileAtomically } from '../util/atomicFile.ts';
import { FileError } from '../util/errors.ts';
import { allSeries, writeLstmVis } from './lstmvis.ts';
import { textOf, unknownOf, withModel } from './model.ts';
import { onNotice } from './output.ts';

/** Options of `seqlab export` that are for some formats only. */
export interface FormatOptions {
  checkpoint?: CheckpointKind;
  text?: string;
  threads?: number;
}

interface ExportJob extends FormatOptions {
  /** The run's id. */
  readonly id: string;
  readonly folder: string;
  /** The folder that holds the runs. */
  readonly runs: string;
  /** The file or folder to write. */
  readonly out: string;
}

interface Exported {
  /** For JSON, besides the format and what was written. */
  readonly facts: object;
  /** For a person. */
  readonly lines: readonly string[];
  /** Words of the text that the model does not know. */
  readonly unknown?: readonly string[];
}

interface ExportWriter {
  /** What of the run it writes, for help and messages. */
  readonly what: string;
  /** The options that it heeds. */
  readonly takes: readonly (keyof FormatOptions)[];
  /** @throws FileError, ConfigurationError, EngineError; InterruptedError after Ctrl-C */
  readonly write: (job: ExportJob) => Promise<Exported>;
}

/** A writer for each format that the command line writes. */
export const exportWriters: Readonly<Record<ExporterIdOf<'seqlab'>, ExportWriter>> = {
  safetensors: { what: 'the weights', takes: ['checkpoint'], write: writeWeights },
  csv: { what: 'the figures of the loss curves', takes: [], write: writeCurves },
  lstmvis: { what: 'the states and gates of a text', takes: ['checkpoint', 'text', 'threads'], write: writeStates },
};

async function writeWeights({ folder, out, checkpoint }: ExportJob): Promise<Exported> {
  const tensors = await exportRun({ folder, file: out, checkpoint, onNotice });
  const lines = tensors.map(({ name, shape }) => `${name} [${shape.join(', ')}]`);
  return { facts: { tensors }, lines: [...lines, `${tensors.length} tensors in ${out}`] };
}

/** As the Loss Curves panel saves them. A damaged file is an error here: half of the figures would look like all of them. */
async function writeCurves({ id, folder, out }: ExportJob): Promise<Exported> {
  const { name, model } = (await readConfig(folder)).configuration;
  const tail = await MetricsTail.open(folder, { isActive: false });
  const { steps, epochs, gradientFlow: flow, problem } = tail.history();
  tail.dispose();
  if (problem !== undefined) throw new FileError(problem);
  const pieces = csvPieces([{ id, name, measure: measureOf(model), steps, epochs, flow }]);
  await writeFileAtomically(out, encoded(pieces));
  const counts = { steps: steps.step.length, epochs: epochs.step.length };
  const words = `${counts.steps.toLocaleString('en-US')} steps and ${counts.epochs.toLocaleString('en-US')} epochs`;
  return { facts: counts, lines: [`${words} in ${out}`] };
}

function* encoded(pieces: Iterable<string>): Generator<Uint8Array> {
  const encoder = new TextEncoder();
  for (const piece of pieces) yield encoder.encode(piece);
}

/** Without a text: so many tokens from the beginning of the validation text, to the end of a sentence. */
const passageLength = 1000;

function writeStates({ id, folder, out, text: given, ...options }: ExportJob): Promise<Exported> {
  return withModel(folder, options, async (model, signal) => {
    const text = given === undefined ? await beginning(model, signal) : await textOf(given);
    const series = allSeries(model);
    const states = await statesOfText(model, { text, series }, { signal });
    await writeLstmVis(out, { name: id, series, states });
    const tokens = states.tokens.length;
    const lines = [`${tokens.toLocaleString('en-US')} tokens for LSTMVis in ${out}`];
    return { facts: { tokens }, lines, unknown: unknownOf(states.tokens) };
  });
}

async function beginning(model: LoadedModel, signal: AbortSignal): Promise<string> {
  const { text } = await passage(model, { split: 'valid', position: 0, length: passageLength }, signal);
  return text;
}
