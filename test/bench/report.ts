import type { Machine } from './machine.ts';
import type { SideResult, TurnsResult } from './rounds.ts';
import { flopsPerStep, wordsPerStep } from './shapes.ts';
import type { BenchShape } from './shapes.ts';

export interface PeakResult {
  description: string;
  flopsPerSecond: number;
}

export interface MachineReport extends Machine {
  /** The best of each library. */
  peaks: readonly PeakResult[];
  /** Whatever makes the comparison unfair or impossible, to be read first. */
  warnings: readonly string[];
}

export interface ShapeReport {
  shape: BenchShape;
  turns: TurnsResult;
}

/** What the report says of a shape, for people and programs alike. The first side is ours. */
interface Figures {
  sides: (SideResult & { wordsPerSecond: number; shareOfPeak: number })[];
  /** The fastest of the others; undefined where there is none. */
  best: string | undefined;
  /** Our words a second over those of the fastest of the others. */
  ratio: number | undefined;
  warnings: string[];
}

/** Above these, figures are not to be trusted: said beside them. */
const muchIdle = 0.05;
const muchOthers = 0.1;

export function bestPeak({ peaks }: Pick<MachineReport, 'peaks'>): number {
  return Math.max(...peaks.map(({ flopsPerSecond }) => flopsPerSecond));
}

function figures({ shape, turns }: ShapeReport, peak: number): Figures {
  const sides = turns.sides.map((side) => ({
    ...side,
    wordsPerSecond: wordsPerStep(shape) / (side.medianMilliseconds / 1000),
    shareOfPeak: flopsPerStep(shape) / (side.medianMilliseconds / 1000) / peak,
  }));
  const [ours, ...peers] = sides;
  const [best] = peers.sort((a, b) => b.wordsPerSecond - a.wordsPerSecond);
  return {
    sides,
    best: best?.name,
    ratio: ours && best ? ours.wordsPerSecond / best.wordsPerSecond : undefined,
    warnings: [
      ...(turns.othersShare > muchOthers
        ? [`other programs used ${percent(turns.othersShare)} of the processor meanwhile: the figures are noisy`]
        : []),
      ...sides
        // Alone, a side has no one to disturb, and idles for too short a time to tell.
        .filter(({ idleShare }) => peers.length > 0 && idleShare > muchIdle)
        .map(({ name, idleShare }) => `${name} kept ${percent(idleShare)} of a core busy during the others' turns`),
    ],
  };
}

/** One object a line: the machine, then each side and the comparison of each shape. */
export function jsonLines(machine: MachineReport, shapes: readonly ShapeReport[]): string[] {
  const peak = bestPeak(machine);
  const lines: object[] = [{ kind: 'machine', ...machine, peakFlopsPerSecond: peak }];
  for (const report of shapes) {
    const { title } = report.shape;
    const { sides, ...comparison } = figures(report, peak);
    lines.push(...sides.map((side) => ({ kind: 'side', shape: title, ...side })));
    lines.push({
      kind: 'comparison',
      shape: title,
      flopsPerStep: flopsPerStep(report.shape),
      wordsPerStep: wordsPerStep(report.shape),
      rounds: report.turns.rounds,
      othersShare: report.turns.othersShare,
      ...comparison,
    });
  }
  return lines.map((line) => JSON.stringify(line));
}

export function machineText(machine: MachineReport): string {
  const peaks = machine.peaks.map((peak) => `  ${peak.description}: ${giga(peak.flopsPerSecond)} GFLOPS`);
  return [
    `${machine.cpu}, ${machine.cores} core${machine.cores === 1 ? '' : 's'}; the best large float32 product reaches:`,
    ...peaks,
    ...machine.warnings.map((warning) => `\n${loud(warning)}`),
  ].join('\n');
}

export function shapeText(report: ShapeReport, peak: number): string {
  const { shape, turns } = report;
  const { sides, best, ratio, warnings } = figures(report, peak);
  const flops = flopsPerStep(shape);
  const rows = sides.map((side) => [
    side.name,
    side.medianMilliseconds.toFixed(1),
    Math.round(side.wordsPerSecond).toLocaleString('en'),
    `${Math.round(side.peakMemoryBytes / 1e6)} MB`,
    percent(side.shareOfPeak),
    side.natsPerWord.toFixed(2),
  ]);
  return [
    `${shape.title}: ${recipe(shape)}`,
    `${giga(flops)} GFLOP a step, ${(flops / wordsPerStep(shape) / 1e6).toFixed(1)} MFLOP a word; medians of ${turns.rounds} × ${shape.stepsPerRound} steps a side`,
    '',
    table([['', 'ms/step', 'words/s', 'peak memory', 'of peak FLOPS', 'nats/word'], ...rows]),
    '',
    ratio === undefined ? 'No comparison: PyTorch is not here.' : `Ours is ${ratio.toFixed(2)} × ${best}.`,
    ...warnings.map((warning) => `Note: ${warning}.`),
  ].join('\n');
}

function recipe({ configuration: { training }, vocabularySize }: BenchShape): string {
  const { batchSize, steps, inputKeepProbability: keep } = training;
  const dropout = keep === 1 ? 'no dropout' : `keep ${keep}`;
  return `batch ${batchSize}, ${steps} steps, vocabulary ${vocabularySize.toLocaleString('en')}, ${dropout}`;
}

/** The first column to the left, the others to the right. */
function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
        .join('   '),
    )
    .join('\n');
}

function loud(warning: string): string {
  const line = '!'.repeat(78);
  return `${line}\n${warning}\n${line}`;
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

function giga(value: number): string {
  return (value / 1e9).toFixed(value < 1e11 ? 1 : 0);
}
