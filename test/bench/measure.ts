import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { median } from '../../src/util/percentile.ts';
import { oursArgument } from './ours.ts';
import { hugePagesEnvironment, peers, startPeer } from './peers.ts';
import type { Peer } from './peers.ts';
import type { ProfileReport, SessionReport, TurnsReport } from './report.ts';
import { takeTurns } from './rounds.ts';
import type { PreparedSide } from './rounds.ts';
import { benchShape, textOf } from './shapes.ts';
import type { BenchShape, ShapeName } from './shapes.ts';
import { Side } from './side.ts';

/** The steps at which a trainer's start is measured, and how often. */
const sessionSteps = [35, 200, 1000] as const;
const sessionRepeats = 3;

/** Steps under the profiler. */
const profiledSteps = 10;

export interface MeasureOptions {
  /** For the texts. */
  folder: string;
  /** Threads of each side at most, from 1. */
  threads: number;
  rounds: number | undefined;
  hugePages: boolean;
  /** Told in a few words of what goes on. */
  onProgress: (text: string) => void;
}

export function startOurs({ hugePages = false } = {}): Side {
  return new Side({
    name: hugePages ? 'Sequence Lab, huge pages' : 'Sequence Lab',
    command: process.execPath,
    arguments: [fileURLToPath(import.meta.url), oursArgument],
    environment: hugePages ? hugePagesEnvironment : {},
  });
}

/** Starts our side, asks it one thing and ends it. */
export async function askOurs<T>(question: (side: Side) => Promise<T>): Promise<T> {
  const side = startOurs();
  try {
    return await question(side);
  } finally {
    await side.stop();
  }
}

/** Ours and every variant of the peers, in turn, on one shape. */
export async function measureTurns(
  shape: BenchShape,
  found: readonly Peer[],
  options: MeasureOptions,
): Promise<TurnsReport> {
  const { threads, rounds, onProgress } = options;
  const title = `${shape.title}, ${shape.work}`;
  const subject = await subjectOf(shape, options.folder);
  const prepared: PreparedSide[] = [];
  const sides: Side[] = [];
  try {
    // One after another: two sides that start at once would each count the other's start as noise of its own.
    for (const { start, hugePages } of starts(found, options)) {
      const side = start();
      sides.push(side);
      onProgress(`${title}: ${side.name} is starting`);
      const { description } = await side.ask({ kind: 'prepare', work: shape.work, ...subject });
      prepared.push({ side, description, hugePages });
    }
    onProgress(`${title}: warming up`);
    const onRound = (done: number) => onProgress(`${title}: round ${done} done`);
    const { stepsPerRound, warmUpSteps } = shape;
    const turns = await takeTurns(prepared, { stepsPerRound, warmUpSteps, rounds, onRound });
    return { shape, threads, turns };
  } finally {
    onProgress('');
    await Promise.all(sides.map((side) => side.stop()));
  }
}

/** How each side is started, ours first. Huge pages are for ours and PyTorch's, whose memory comes from malloc. */
function starts(found: readonly Peer[], { threads, hugePages }: Pick<MeasureOptions, 'threads' | 'hugePages'>) {
  const both = hugePages ? [false, true] : [false];
  const ours = both.map((huge) => ({ hugePages: huge, start: () => startOurs({ hugePages: huge }) }));
  const theirs = found.flatMap((peer) =>
    (peer.name === 'pytorch' ? both : [false]).flatMap((huge) =>
      peers[peer.name].variants(threads).map((variant) => ({
        hugePages: huge,
        start: () => startPeer(peer, { variant, threads, hugePages: huge }),
      })),
    ),
  );
  return [...ours, ...theirs];
}

/** How long our trainer takes to be ready, each time in a process of its own. */
export async function measureSessions(
  name: ShapeName,
  { folder, threads, onProgress }: MeasureOptions,
): Promise<SessionReport[]> {
  const reports: SessionReport[] = [];
  for (const steps of sessionSteps) {
    const shape = benchShape(name, { threads, steps });
    const subject = await subjectOf(shape, folder);
    const answers = [];
    for (let time = 1; time <= sessionRepeats; time++) {
      onProgress(`${shape.title}: session of ${steps} steps, ${time} of ${sessionRepeats}`);
      answers.push(await askOurs((side) => side.ask({ kind: 'session', ...subject })));
    }
    onProgress('');
    reports.push({
      shape,
      threads,
      milliseconds: median(answers.map((answer) => answer.milliseconds)),
      compileMilliseconds: median(answers.map((answer) => answer.compileMilliseconds)),
      peakMemoryBytes: median(answers.map((answer) => answer.peakMemoryBytes)),
    });
  }
  return reports;
}

/** The time of each operator in our training step. */
export async function measureProfile(
  name: ShapeName,
  { folder, threads, onProgress }: MeasureOptions,
): Promise<ProfileReport> {
  const shape = benchShape(name, { threads });
  const subject = await subjectOf(shape, folder);
  onProgress(`${shape.title}: profiling`);
  const answer = await askOurs((side) => side.ask({ kind: 'profile', steps: profiledSteps, ...subject }));
  onProgress('');
  const { milliseconds, operators } = answer;
  return { shape, threads, steps: profiledSteps, milliseconds, operators };
}

/** What a side is asked to work on. The text is written to a file: sides read it in their own languages. */
async function subjectOf(shape: BenchShape, folder: string) {
  const idsFile = join(folder, 'ids');
  await writeFile(idsFile, textOf(shape));
  return { configuration: shape.configuration, vocabularySize: shape.vocabularySize, idsFile };
}
