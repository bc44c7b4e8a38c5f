/**
 * Our training step beside PyTorch's, in turn in one run: `npm run bench -- --help`.
 *
 * Each side is a process of its own, so that its peak memory is its own; idle sides wait for their next request. The
 * bundle serves as our side too, when it is started with `oursArgument`.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { messageOf, SequenceLabError } from '../../src/util/errors.ts';
import { machine } from './machine.ts';
import { parseOptions, usage } from './options.ts';
import type { BenchOptions } from './options.ts';
import { oursArgument, serveOurs } from './ours.ts';
import { findPeer, measurePeerPeak, peerVariants, startPeer } from './peer.ts';
import { bestPeak, jsonLines, machineText, shapeText } from './report.ts';
import type { MachineReport, PeakResult, ShapeReport } from './report.ts';
import { takeTurns } from './rounds.ts';
import { benchShape, zipfIds } from './shapes.ts';
import type { ShapeName } from './shapes.ts';
import { killAllSides, Side, UnavailableError } from './side.ts';

const peakRequest = { kind: 'peak', size: 2048, seconds: 2 } as const;
const windows = 400;

/** A peer whose products reach less than this share of ours computes on a slow BLAS: 15 times slower was seen. */
const slowBlas = 0.3;

function startOurs(): Side {
  return new Side({
    name: 'Sequence Lab',
    command: process.execPath,
    arguments: [fileURLToPath(import.meta.url), oursArgument],
  });
}

async function measureOurPeak(): Promise<PeakResult> {
  const side = startOurs();
  try {
    return await side.ask(peakRequest);
  } finally {
    await side.stop();
  }
}

interface Surroundings {
  peaks: PeakResult[];
  warnings: string[];
  /** The Python with PyTorch in it, where there is one. */
  python?: string;
}

async function lookAround(): Promise<Surroundings> {
  const ours = await measureOurPeak();
  try {
    const { python, peak } = await findPeer(peakRequest);
    return { peaks: [ours, peak], warnings: blasWarnings(ours, peak), python };
  } catch (error) {
    if (!(error instanceof UnavailableError)) throw error;
    return { peaks: [ours], warnings: [`PyTorch is not here, so ours is measured alone. ${error.message}`] };
  }
}

function blasWarnings(ours: PeakResult, peer: PeakResult): string[] {
  const share = peer.flopsPerSecond / ours.flopsPerSecond;
  if (share >= slowBlas && !peer.description.includes('reference BLAS')) return [];
  return [
    `THE COMPARISON FLATTERS US: this PyTorch computes its products on a slow BLAS (${peer.description}), at ` +
      `${Math.round(share * 100)} % of the speed of ours. Do not quote the ratios.\n` +
      'On Debian and Ubuntu: apt-get install libopenblas0-pthread, then measure again.',
  ];
}

/** Measures the peaks a second time and keeps the better: the first may have met a busy machine. */
async function improvePeaks({ peaks: [ours, peer], warnings, python }: Surroundings): Promise<PeakResult[]> {
  const better = (a: PeakResult, b: PeakResult) => (b.flopsPerSecond > a.flopsPerSecond ? b : a);
  const improved = ours ? [better(ours, await measureOurPeak())] : [];
  if (!peer || !python) return improved;
  return [...improved, warnings.length > 0 ? peer : better(peer, await measurePeerPeak(python, peakRequest))];
}

interface ShapeOptions {
  python: string | undefined;
  folder: string;
  rounds: number | undefined;
}

async function measureShape(name: ShapeName, { python, folder, rounds }: ShapeOptions): Promise<ShapeReport> {
  const shape = benchShape(name);
  const { configuration, vocabularySize, stepsPerRound, title } = shape;
  const idsFile = join(folder, `ids-${name}`);
  await writeFile(idsFile, zipfIds(shape, windows));
  const sides: Side[] = [];
  try {
    // One after another: two sides that start at once would each count the other's start as noise of its own.
    for (const start of [startOurs, ...peerStarts(python)]) {
      progress(`${title}: starting`);
      const side = start();
      sides.push(side);
      await side.ask({ kind: 'prepare', configuration, vocabularySize, idsFile });
    }
    progress(`${title}: warming up`);
    const onRound = (done: number) => progress(`${title}: round ${done} done`);
    return { shape, turns: await takeTurns(sides, { stepsPerRound, rounds, onRound }) };
  } finally {
    progress('');
    await Promise.all(sides.map((side) => side.stop()));
  }
}

function peerStarts(python: string | undefined): (() => Side)[] {
  return python === undefined ? [] : peerVariants().map((threads) => () => startPeer(python, threads));
}

/** One line that the next one replaces; nothing where nobody looks. */
function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
}

async function bench(options: BenchOptions, folder: string): Promise<void> {
  progress("measuring the machine's peak");
  const surroundings = await lookAround();
  const { python, warnings } = surroundings;
  progress('');
  // Whoever waits two minutes should know from the start that they are in vain.
  for (const warning of warnings) console.error(`${warning}\n`);

  const shapes: ShapeReport[] = [];
  for (const name of options.shapes) shapes.push(await measureShape(name, { python, folder, rounds: options.rounds }));

  const report: MachineReport = { ...machine(), peaks: await improvePeaks(surroundings), warnings };
  const text = options.json
    ? jsonLines(report, shapes).join('\n')
    : [machineText(report), ...shapes.map((shape) => shapeText(shape, bestPeak(report)))].join('\n\n');
  console.log(text);
}

async function main(): Promise<void> {
  const options = parseOptions(process.argv.slice(2));
  if (options.help) {
    console.log(usage);
    return;
  }
  const folder = mkdtempSync(join(tmpdir(), 'seqlab-bench-'));
  process.on('exit', () => {
    killAllSides();
    rmSync(folder, { recursive: true, force: true });
  });
  // 128 + the signal's number, as shells count it.
  const signals = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;
  for (const [signal, code] of Object.entries(signals)) process.on(signal, () => process.exit(code));
  await bench(options, folder);
}

if (process.argv[2] === oursArgument) await serveOurs();
else {
  try {
    await main();
  } catch (error) {
    console.error(`\n${messageOf(error)}`.trim());
    process.exit(error instanceof SequenceLabError ? error.exitCode : 1);
  }
}
