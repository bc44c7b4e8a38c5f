import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { closeSync, openSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, inject } from 'vitest';
import * as z from 'zod';
import { loadCheckpoint } from '../../src/runs/checkpoints.ts';
import { readStatus } from '../../src/runs/files.ts';
import { readMetrics } from '../../src/runs/metrics.ts';
import { progressSchema } from '../../src/training/events.ts';
import { seededRandom } from '../unit/runs/fixtures.ts';
import { shortFolder } from './shortFolder.ts';

const built = inject('programs');

// For the runs of the tests and of their children.
process.env['SEQUENCE_LAB_SOCKETS'] = inject('sockets');

const folders: string[] = [];

/** A folder for sockets of a test's own, which is not there yet. */
export async function socketsFolder(): Promise<string> {
  const folder = await mkdtemp(join(shortFolder, 'seqlab-'));
  folders.push(folder);
  return join(folder, 'sockets');
}

/** An empty folder that is gone after the test, or after the file's tests when it is made in beforeAll. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'seqlab-process-'));
  folders.push(folder);
  return folder;
}

/** Removes the temporary folders after each test, or after all of a file's. */
export function cleanFolders(when: 'each' | 'all'): void {
  (when === 'each' ? afterEach : afterAll)(async () => {
    for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
  });
}

export interface Place {
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  /** A file that stdout goes to, in place of the outcome. */
  stdout?: string;
  /** What stands in its standard input; nothing where it is left out. */
  stdin?: string;
}

export interface Outcome {
  /** Null when a signal ended the process. */
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface Started {
  /** Its own process group, so that a child of the child would be noticed. */
  pid: number;
  kill(signal: NodeJS.Signals): void;
  /** As a reader that had enough: `| head`. */
  closeStdout(): void;
  /** The line of stdout or stderr that matches, for the n-th time; fails when the process ends before. */
  line(pattern: RegExp, times?: number): Promise<string>;
  outcome: Promise<Outcome>;
}

/** Starts a program; `line` and `outcome` tell what becomes of it. */
export function start(program: string, args: readonly string[], { cwd, env, stdout, stdin }: Place): Started {
  const file = stdout === undefined ? undefined : openSync(stdout, 'w');
  const child = spawn(program, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: [stdin === undefined ? 'ignore' : 'pipe', file ?? 'pipe', 'pipe'],
    detached: process.platform !== 'win32',
  });
  if (file !== undefined) closeSync(file);
  child.stdin?.end(stdin);
  const text = { stdout: '', stderr: '' };
  const waiting = new Set<() => void>();
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream]?.setEncoding('utf8').on('data', (data: string) => {
      text[stream] += data;
      for (const look of waiting) look();
    });
  }
  const outcome = new Promise<Outcome>((settle, fail) => {
    child.on('error', fail);
    child.on('close', (code) => settle({ code, ...text }));
  });
  const line = (pattern: RegExp, times = 1) =>
    new Promise<string>((settle, fail) => {
      const look = () => {
        const found = `${text.stdout}${text.stderr}`.split('\n').filter((row) => pattern.test(row))[times - 1];
        if (found === undefined) return;
        waiting.delete(look);
        settle(found);
      };
      waiting.add(look);
      look();
      outcome.then(({ stderr }) => fail(new Error(`ended without ${String(pattern)}: ${stderr}`)), fail);
    });
  if (child.pid === undefined) throw new Error(`${program} could not be started`);
  return {
    pid: child.pid,
    kill: (signal) => child.kill(signal),
    closeStdout: () => child.stdout?.destroy(),
    line,
    outcome,
  };
}

/** Starts with these in front of its arguments. */
export const commandLine: readonly string[] = [process.execPath, join(built, 'cli.js')];

/** The program of the trainer process. */
export const trainerScript = join(built, 'trainer.cjs');

/** The program of the model server. */
export const inferenceScript = join(built, 'inference.cjs');

/** Starts seqlab. */
export function seqlab(args: readonly string[], place: Place = {}): Started {
  return start(process.execPath, [join(built, 'cli.js'), ...args], place);
}

/** Runs seqlab to its end. */
export function run(args: readonly string[], place: Place = {}): Promise<Outcome> {
  return seqlab(args, place).outcome;
}

/** Whether anything of a process group still lives. */
export function isAlive({ pid }: Started): boolean {
  try {
    process.kill(process.platform === 'win32' ? pid : -pid, 0);
    return true;
  } catch {
    return false;
  }
}

const count = z.int().min(0);
const positive = z.number().positive();

/** The lines that the issue promises of `train --json` and `resume --json`; more fields are allowed. */
const eventSchema = z.discriminatedUnion('event', [
  z.looseObject({
    event: z.literal('start'),
    run: z.string(),
    directory: z.string(),
    parameters: count,
    vocabulary: count,
    trainTokens: count,
    floor: positive.optional(),
    resumedAt: count.optional(),
  }),
  z.looseObject({
    event: z.literal('step'),
    epoch: count,
    step: count,
    perplexity: positive,
    learningRate: positive,
    gradientNorm: positive,
    wordsPerSecond: positive,
  }),
  z.looseObject({
    event: z.literal('epoch'),
    epoch: count,
    trainPerplexity: positive,
    validPerplexity: positive,
    seconds: positive,
  }),
  z.looseObject({
    event: z.literal('done'),
    run: z.string(),
    directory: z.string(),
    testPerplexity: positive.optional(),
    validPerplexity: positive,
  }),
]);
export type Event = z.output<typeof eventSchema>;

/** Every line of a JSON output, checked by a schema. */
export function jsonLines<T>(text: string, schema: z.ZodType<T>): T[] {
  if (text === '') return [];
  if (!text.endsWith('\n')) throw new Error(`the last line is not whole: ${text}`);
  return text
    .slice(0, -1)
    .split('\n')
    .map((row) => schema.parse(JSON.parse(row)));
}

export function eventsOf({ stdout }: Outcome): Event[] {
  return jsonLines(stdout, eventSchema);
}

/** The one event of a kind. */
export function only<K extends Event['event']>(events: readonly Event[], kind: K): Extract<Event, { event: K }> {
  const found = events.filter((event): event is Extract<Event, { event: K }> => event.event === kind);
  if (found.length !== 1 || !found[0]) throw new Error(`${found.length} events of the kind ${kind}, not one`);
  return found[0];
}

export interface CorpusSize {
  train?: number;
  valid?: number;
  test?: number;
}

/** Writes a corpus of twelve words that follow each other by a rule with exceptions; the sizes are in lines of 5 words. */
export async function writeCorpus(
  folder: string,
  { train = 200, valid = 60, test = 60 }: CorpusSize = {},
  prefix = '',
): Promise<string> {
  const random = seededRandom(7);
  await mkdir(folder, { recursive: true });
  for (const [name, lines] of Object.entries({ train, valid, test }))
    await writeFile(join(folder, `${prefix}${name}.txt`), textOf(lines, random));
  return folder;
}

export function textOf(lines: number, random: () => number): string {
  const words = Array.from({ length: 12 }, (_, index) => `w${String.fromCharCode(97 + index)}`);
  let word = 0;
  const next = () => words[(word = (random() < 0.7 ? word * 5 + 3 : Math.floor(random() * 12)) % 12)];
  return Array.from({ length: lines }, () => `${Array.from({ length: 5 }, next).join(' ')}\n`).join('');
}

export async function write(path: string, content: string | Uint8Array): Promise<string> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, content);
  return path;
}

/** Options of a model that trains in a moment: 4 × 4 tokens a step, 74 steps an epoch on writeCorpus's text. */
export const tiny: readonly string[] = [
  ...['--threads', '1', '--epochs', '2'],
  ...['model.hiddenSize=8', 'model.layers=1', 'training.batchSize=4', 'training.steps=4'].flatMap((set) => [
    '--set',
    set,
  ]),
];
export const tinyTraining: readonly string[] = ['train', '--json', ...tiny];

/** All of a run that must be the same when the same run is made another way: figures, records and weights. */
export async function essenceOf(folder: string) {
  const { state, latest, best, progress } = await readStatus(folder);
  const checkpoint = await loadCheckpoint(folder, progressSchema);
  const { finishedEpochs, position, validPerplexity, bestValidPerplexity } = checkpoint.progress;
  const weights = checkpoint.tensors.map(({ name, shape, data }) => {
    const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
    return `${name} [${shape.join()}] ${createHash('sha256').update(bytes).digest('hex')}`;
  });
  return {
    status: { state, latest, best, step: progress.step, fraction: progress.fraction },
    progress: { finishedEpochs, position, validPerplexity, bestValidPerplexity },
    records: (await readMetrics(folder)).map(withoutTimes),
    weights,
  };
}

function withoutTimes(record: object): object {
  return Object.fromEntries(Object.entries(record).filter(([key]) => key !== 'seconds' && key !== 'wordsPerSecond'));
}

/** What a killed or failed process may not leave for ever. */
export async function temporariesIn(folder: string): Promise<string[]> {
  const names = await readdir(folder, { recursive: true });
  return names.filter((name) => name.endsWith('.tmp'));
}

/** The folder of the only run in a folder for runs. */
export async function onlyRun(runsFolder: string): Promise<string> {
  const names = await readdir(runsFolder);
  if (names.length !== 1) throw new Error(`${names.length} runs in ${runsFolder}, not one`);
  return join(runsFolder, String(names[0]));
}
