import type { Machine } from './machine.ts';
import type { OperatorTime } from './protocol.ts';
import type { SideResult, TurnsResult } from './rounds.ts';
import { flopsPerStep } from './shapes.ts';
import type { BenchShape } from './shapes.ts';
import { speedRatio } from './statistics.ts';
import type { Ratio } from './statistics.ts';

export interface PeakResult {
  description: string;
  flopsPerSecond: number;
}

export interface MachineReport extends Machine {
  /** Of all that was measured, by name. */
  versions: Readonly<Record<string, string>>;
  /** The best of each library, ours first. */
  peaks: readonly PeakResult[];
  /** Whatever makes the comparison unfair or impossible, to be read first. */
  warnings: readonly string[];
}

export interface TurnsReport {
  shape: BenchShape;
  threads: number;
  turns: TurnsResult;
}

export interface SessionReport {
  shape: BenchShape;
  threads: number;
  milliseconds: number;
  /** Of these, in the engine. */
  compileMilliseconds: number;
  peakMemoryBytes: number;
}

export interface ProfileReport {
  shape: BenchShape;
  threads: number;
  steps: number;
  /** A step under the profiler. */
  milliseconds: number;
  operators: readonly OperatorTime[];
}

export interface Report {
  machine: MachineReport;
  turns: TurnsReport[];
  sessions: SessionReport[];
  profiles: ProfileReport[];
}

/** One of our sides beside the fastest peer of a kind. */
interface Comparison extends Ratio {
  ours: string;
  best: string;
}

/** What the report says of a shape, for people and programs alike. The first side is ours. */
interface Figures {
  sides: (SideResult & { wordsPerSecond: number; shareOfPeak: number })[];
  /** Empty where there is no peer. */
  comparisons: Comparison[];
  warnings: string[];
}

/** Above these, figures are not to be trusted: said beside them. */
const muchIdle = 0.05;
const muchOthers = 0.1;

function bestPeak({ peaks }: Pick<MachineReport, 'peaks'>): number {
  return Math.max(...peaks.map(({ flopsPerSecond }) => flopsPerSecond));
}

function isOurs({ name }: Pick<SideResult, 'name'>): boolean {
  return name.startsWith('Sequence Lab');
}

function figures({ shape, turns }: TurnsReport, peak: number): Figures {
  const perSecond = (amount: number, side: SideResult) => amount / (side.medianMilliseconds / 1000);
  const sides = turns.sides.map((side) => ({
    ...side,
    wordsPerSecond: perSecond(shape.wordsPerStep, side),
    shareOfPeak: perSecond(flopsPerStep(shape), side) / peak,
  }));
  return {
    sides,
    comparisons: comparisons(turns.sides),
    warnings: [
      ...(turns.othersShare > muchOthers
        ? [`other programs used ${percent(turns.othersShare)} of the processor meanwhile: the figures are noisy`]
        : []),
      ...sides
        // Alone, a side has no one to disturb, and idles for too short a time to tell.
        .filter(({ idleShare }) => sides.length > 1 && idleShare > muchIdle)
        .map(({ name, idleShare }) => `${name} kept ${percent(idleShare)} of a core busy during the others' turns`),
    ],
  };
}

/** Each of our sides beside the fastest peer without huge pages, and beside the fastest with them. */
export function comparisons(sides: readonly SideResult[]): Comparison[] {
  const peers = sides.filter((side) => !isOurs(side)).sort((a, b) => a.medianMilliseconds - b.medianMilliseconds);
  const best = [peers.find(({ hugePages }) => !hugePages), peers.find(({ hugePages }) => hugePages)];
  return sides
    .filter(isOurs)
    .flatMap((ours) =>
      best.flatMap((peer) => (peer ? [{ ours: ours.name, best: peer.name, ...speedRatio(ours, peer) }] : [])),
    );
}

/** One object a line: the machine, then what was measured, each with its kind. */
export function jsonLines({ machine, turns, sessions, profiles }: Report): string[] {
  const peak = bestPeak(machine);
  const lines: object[] = [{ kind: 'machine', ...machine, peakFlopsPerSecond: peak }];
  for (const report of turns) {
    const about = subjectOf(report);
    const { sides, comparisons: compared, warnings } = figures(report, peak);
    lines.push(...sides.map((side) => ({ kind: 'side', ...about, ...side })));
    lines.push({
      kind: 'turns',
      ...about,
      flopsPerStep: flopsPerStep(report.shape),
      wordsPerStep: report.shape.wordsPerStep,
      rounds: report.turns.rounds,
      othersShare: report.turns.othersShare,
      warnings,
    });
    lines.push(...compared.map((comparison) => ({ kind: 'comparison', ...about, ...comparison })));
  }
  for (const { milliseconds, compileMilliseconds, peakMemoryBytes, ...report } of sessions) {
    const { steps } = report.shape.configuration.training;
    lines.push({ kind: 'session', ...subjectOf(report), steps, milliseconds, compileMilliseconds, peakMemoryBytes });
  }
  for (const report of profiles) {
    const about = subjectOf(report);
    lines.push({ kind: 'profile', ...about, steps: report.steps, milliseconds: report.milliseconds });
    lines.push(...report.operators.map((operator) => ({ kind: 'operator', ...about, ...operator })));
  }
  return lines.map((line) => JSON.stringify(line));
}

function subjectOf({ shape, threads }: { shape: BenchShape; threads: number }) {
  return { shape: shape.title, work: shape.work, threads };
}

/** All tables, as a person reads them. */
export function reportText({ machine, turns, sessions, profiles }: Report): string {
  return [
    machineText(machine),
    ...turns.map((report) => turnsText(report, bestPeak(machine))),
    ...(sessions.length > 0 ? [sessionsText(sessions)] : []),
    ...profiles.map(profileText),
  ].join('\n\n');
}

function machineText(machine: MachineReport): string {
  const peaks = machine.peaks.map((peak) => `  ${peak.description}: ${giga(peak.flopsPerSecond)} GFLOPS`);
  return [
    `${machine.cpu}, ${counted(machine.cores, 'core')}; the best large float32 product reaches:`,
    ...peaks,
    Object.entries(machine.versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(', '),
    ...machine.warnings.map((warning) => `\n${loud(warning)}`),
  ].join('\n');
}

export function turnsText(report: TurnsReport, peak: number): string {
  const { shape, turns, threads } = report;
  const { sides, comparisons: compared, warnings } = figures(report, peak);
  const flops = flopsPerStep(shape);
  const rows = sides.map((side) => [
    side.name,
    side.medianMilliseconds.toFixed(1),
    Math.round(side.wordsPerSecond).toLocaleString('en'),
    `${Math.round(side.peakMemoryBytes / 1e6)} MB`,
    percent(side.shareOfPeak),
    side.cores.toFixed(1),
    side.natsPerWord.toFixed(2),
  ]);
  const [step, what] = shape.work === 'training' ? ['step', recipe(shape)] : ['text', evaluationOf(shape, sides)];
  return [
    `${shape.title}, ${shape.work}, at most ${counted(threads, 'thread')}: ${what}`,
    `${giga(flops)} GFLOP a ${step}, ${(flops / shape.wordsPerStep / 1e6).toFixed(1)} MFLOP a word; medians of ${turns.rounds} × ${counted(shape.stepsPerRound, step)} a side`,
    '',
    table([['', `ms/${step}`, 'words/s', 'peak memory', 'of peak FLOPS', 'cores', 'nats/word'], ...rows]),
    '',
    ...(compared.length === 0 ? ['No comparison: there is no peer.'] : compared.map(comparisonText)),
    ...warnings.map((warning) => `Note: ${warning}.`),
  ].join('\n');
}

function comparisonText({ ours, best, ratio, low, high }: Comparison): string {
  const range = `${low.toFixed(2)} to ${high.toFixed(2)} from the 10th to the 90th percentile of the rounds`;
  return `${ours} is ${ratio.toFixed(2)} × ${best} (${range}).`;
}

function recipe({ configuration: { training }, vocabularySize }: BenchShape): string {
  const { batchSize, steps, learningRate, inputKeepProbability: keep } = training;
  const dropout = keep === 1 ? 'no dropout' : `keep ${keep}`;
  return `batch ${batchSize}, ${steps} steps, vocabulary ${vocabularySize.toLocaleString('en')}, ${dropout}, rate ${learningRate}`;
}

/** With how the peers cut the text, which each found out for itself. */
function evaluationOf({ wordsPerStep, vocabularySize }: BenchShape, sides: readonly SideResult[]): string {
  const calls = sides.map(({ description }) => /\d+ words a call/.exec(description)?.[0] ?? []).flat();
  const cut = calls.length > 0 ? `; peers take ${[...new Set(calls)].join(' or ')}` : '';
  return `${wordsPerStep.toLocaleString('en')} words, batch 1, the state carried, vocabulary ${vocabularySize.toLocaleString('en')}${cut}`;
}

function sessionsText(sessions: readonly SessionReport[]): string {
  const rows = sessions.map(({ shape, threads, milliseconds, compileMilliseconds, peakMemoryBytes }) => [
    `${shape.title}, ${counted(threads, 'thread')}`,
    `${shape.configuration.training.steps}`,
    milliseconds.toFixed(0),
    compileMilliseconds.toFixed(0),
    `${Math.round(peakMemoryBytes / 1e6)} MB`,
  ]);
  return [
    'Until our trainer is ready: graph, session and first weights; medians of fresh processes',
    '',
    table([['', 'steps', 'ms', 'of it the engine', 'peak memory'], ...rows]),
  ].join('\n');
}

function profileText({ shape, threads, steps, milliseconds, operators }: ProfileReport): string {
  const total = operators.reduce((sum, operator) => sum + operator.milliseconds, 0);
  const rows = [...operators, { operator: 'all operators', milliseconds: total, calls: NaN }].map((row) => [
    row.operator,
    row.milliseconds.toFixed(2),
    percent(row.milliseconds / total),
    Number.isNaN(row.calls) ? '' : row.calls.toFixed(0),
  ]);
  return [
    `${shape.title}, ${counted(threads, 'thread')}: our training step by ONNX operator, mean of ${steps} steps of ${milliseconds.toFixed(1)} ms under the profiler`,
    '',
    table([['', 'ms/step', 'share', 'calls/step'], ...rows]),
  ].join('\n');
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

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

function giga(value: number): string {
  return (value / 1e9).toFixed(value < 1e11 ? 1 : 0);
}
