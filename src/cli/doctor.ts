import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { computeReport } from '../training/computeReport.ts';
import type { ComputeReport } from '../training/computeReport.ts';
import { describeDuration } from '../util/durations.ts';
import { twoDigits } from '../util/figures.ts';
import { interruptibly } from './interrupt.ts';
import { options } from './options.ts';
import type { EngineChoice } from './options.ts';
import { onNotice, printJson, printLine } from './output.ts';

interface DoctorOptions extends EngineChoice {
  json?: boolean;
}

/** `seqlab doctor`: what this machine can train with, and how fast. Ends with 1 where nothing can train. */
export function addDoctorCommand(program: Command): void {
  program
    .command('doctor')
    .summary('check what this machine can train with, and how fast')
    .description(
      'Check every engine by running a small graph on it, measure the one that training uses (about fifteen seconds), and ' +
        'say what is missing and what to do. The exit code is 1 if no engine can train, or if the one given with --engine or --device cannot.',
    )
    .addOption(options.threads('to find the best number by a short measurement'))
    .addOption(options.device())
    .addOption(options.engine())
    .addOption(options.json())
    .action(async ({ threads = 0, device = 'cpu', engine = 'auto', json }: DoctorOptions) => {
      const report = await interruptibly('ending', (signal) =>
        computeReport({
          ...{ name: engine, device, threads, signal },
          trainer: fileURLToPath(new URL('trainer.cjs', import.meta.url)),
          ...(process.stderr.isTTY ? { onProgress: (words) => onNotice(`${words}…`) } : {}),
        }),
      );
      if (json) printJson(report);
      else for (const line of linesOf(report)) printLine(line);
      // What was asked for by name must work; else anything that trains will do.
      const isNamed = engine !== 'auto' || device !== 'cpu';
      if (!report.trains || (isNamed && report.chosen === undefined)) process.exitCode = 1;
    });
}

const width = 100;

function linesOf(report: ComputeReport): string[] {
  const { verdict, machine, versions, threads, engines, chosen, measured, problem } = report;
  const memory = (machine.memoryBytes / 2 ** 30).toFixed(1);
  return [
    ...wrapped(verdict, ''),
    '',
    'Machine',
    `  System      ${machine.system}`,
    `  Processor   ${machine.processor}, ${machine.cores} cores`,
    `  Memory      ${memory} GiB`,
    `  Programs    Sequence Lab ${versions.sequenceLab}, Node ${versions.node}`,
    ...wrapped(`${threads.used}, ${threads.reason}`, ' '.repeat(14)).map((line, index) =>
      index === 0 ? `  Threads     ${line.trimStart()}` : line,
    ),
    '',
    'Engines',
    ...engines.flatMap(({ name, device, title, works, description, notes }) => {
      const isChosen = chosen?.name === name && chosen.device === device;
      const state = works ? (isChosen ? 'used' : 'works') : 'no';
      return [
        `  ${state.padEnd(6)}${title}${description === undefined ? '' : `: ${description}`}`,
        ...notes.flatMap((note) => wrapped(note, '          ')),
      ];
    }),
    ...(measured ? measuredLines(measured) : []),
    ...(problem === undefined ? [] : measured ? wrapped(problem, '  ') : ['', ...wrapped(problem, '')]),
    ...expectedLines(report),
  ];
}

function measuredLines({ products, memory, training }: NonNullable<ComputeReport['measured']>): string[] {
  const row = (what: string, figure: number, unit: string) =>
    `  ${what.padEnd(44)}${figure.toFixed(figure < 10 ? 1 : 0).padStart(6)} ${unit}`;
  return [
    '',
    'Measured on the engine in use',
    ...products.map(({ rows, inner, columns, gflops }) =>
      row(`Product [${rows} × ${inner}] · [${inner} × ${columns}]`, gflops, 'GFLOPS'),
    ),
    ...training.map(({ preset, gflops }) => row(`Training steps of the preset ${preset}`, gflops, 'GFLOPS')),
    row(`Memory, x + y of ${memory.elements / 2 ** 20} Mi float32`, memory.gigabytesPerSecond, 'GB/s'),
  ];
}

function expectedLines({ expected }: ComputeReport): string[] {
  if (expected.length === 0) return [];
  const corpora = { ptb: 'Penn Treebank', builtin: 'built-in corpus' };
  const header = ['', 'words/s', 'an epoch', 'whole run', '', ''];
  const rows = expected.map(({ preset, corpus, isMeasured, wordsPerSecond, secondsPerEpoch, epochs }) => [
    preset,
    twoDigits(wordsPerSecond),
    describeDuration(secondsPerEpoch),
    describeDuration(secondsPerEpoch * epochs),
    corpora[corpus],
    isMeasured ? 'measured' : 'estimated',
  ]);
  const line = ([preset = '', speed = '', epoch = '', whole = '', corpus = '', source = '']: string[]) =>
    `  ${preset.padEnd(10)}${speed.padStart(8)}${epoch.padStart(12)}${whole.padStart(12)}  ${corpus.padEnd(17)}${source}`.trimEnd();
  return [
    '',
    'Expected',
    ...[header, ...rows].map(line),
    ...wrapped(
      'Training alone, without validation. Estimates assume that a preset runs at the arithmetic rate of the largest preset that was measured.',
      '  ',
    ),
  ];
}

/** A sentence in lines of the page's width, each with the indentation. */
function wrapped(text: string, indentation: string): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/)) {
    if (line !== '' && indentation.length + line.length + 1 + word.length > width) {
      lines.push(indentation + line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, indentation + line];
}
