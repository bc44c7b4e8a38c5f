import type { ComputeReport } from '../../protocol/computeReport.ts';
import { describeDuration } from '../../util/durations.ts';
import { twoDigits } from '../../util/figures.ts';

/** What the editor adds to the report of a trainer process: rows of a table. */
export type ReportRows = readonly (readonly [name: string, value: string])[];

/** The compute report as Markdown: for the preview, and to be pasted into an issue. */
export function reportMarkdown(report: ComputeReport, editor: { rows: ReportRows; settings: ReportRows }): string {
  const { verdict, machine, versions, threads, engines, chosen, measured, problem, expected } = report;
  const state = (engine: (typeof engines)[number]): string => {
    if (!engine.works) return 'no';
    return chosen?.name === engine.name && chosen.device === engine.device ? '**in use**' : 'works';
  };
  const electron = versions.electron === undefined ? '' : `, Electron ${versions.electron}`;
  const sections = [
    '# Compute Report',
    `**${inText(verdict)}**`,
    '## Engines',
    table(
      ['Engine', '', 'Library'],
      engines.map((engine) => [engine.title, state(engine), inText(engine.description ?? '')]),
    ),
    engines
      .filter(({ notes }) => notes.length > 0)
      .map(({ title, notes }) => `- ${title}: ${inText(notes.join(' '))}`)
      .join('\n'),
    ...(measured ? ['## Measured', measuredTable(measured)] : []),
    ...(problem === undefined ? [] : [inText(problem)]),
    ...(expected.length > 0 ? ['## Expected', expectedTable(expected), estimates] : []),
    '## Machine',
    table(
      ['', ''],
      [
        ['System', inText(machine.system)],
        ['Processor', inText(`${machine.processor}, ${machine.cores} cores`)],
        ['Memory', `${(machine.memoryBytes / 2 ** 30).toFixed(1)} GiB`],
        ['Threads', `${threads.used}, ${inText(threads.reason)}`],
        ['Sequence Lab', `${versions.sequenceLab} on Node ${versions.node}${electron}`],
        ...editor.rows.map(([name, value]) => [name, inText(value)]),
      ],
    ),
    '## Settings',
    table(
      ['', ''],
      editor.settings.map(([name, value]) => [`\`${name}\``, inText(value)]),
    ),
  ];
  return `${sections.filter((section) => section !== '').join('\n\n')}\n`;
}

const estimates =
  'Training alone, without validation. Estimates assume that a preset runs at the arithmetic rate of the largest preset ' +
  'that was measured.';

function measuredTable({ products, memory, training }: NonNullable<ComputeReport['measured']>): string {
  const figure = (value: number) => value.toFixed(value < 10 ? 1 : 0);
  return table(
    ['On the engine in use', '>'],
    [
      ...products.map(({ rows, inner, columns, gflops }) => [
        `float32 product [${rows} × ${inner}] · [${inner} × ${columns}]`,
        `${figure(gflops)} GFLOPS`,
      ]),
      ...training.map(({ preset, gflops }) => [`Training steps of the preset ${preset}`, `${figure(gflops)} GFLOPS`]),
      [`Memory, x + y of ${memory.elements / 2 ** 20} Mi float32`, `${figure(memory.gigabytesPerSecond)} GB/s`],
    ],
  );
}

function expectedTable(expected: ComputeReport['expected']): string {
  const corpora = { ptb: 'Penn Treebank', builtin: 'built-in corpus' };
  return table(
    ['Preset', '> Words/s', '> An epoch', '> Whole run', 'Corpus', ''],
    expected.map(({ preset, corpus, isMeasured, wordsPerSecond, secondsPerEpoch, epochs }) => [
      preset,
      twoDigits(wordsPerSecond),
      describeDuration(secondsPerEpoch),
      describeDuration(secondsPerEpoch * epochs),
      corpora[corpus],
      isMeasured ? 'measured' : 'estimated',
    ]),
  );
}

/** @param heads those that begin with > are over figures, which stand on the right */
function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const row = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [
    row(heads.map((head) => head.replace(/^> ?/, ''))),
    row(heads.map((head) => (head.startsWith('>') ? '---:' : '---'))),
    ...rows.map(row),
  ].join('\n');
}

/** What libraries and systems call themselves, without a meaning in Markdown: package names begin with @, messages hold anything. */
function inText(text: string): string {
  return text.replace(/\s+/gu, ' ').replace(/[\\`*_[\]<>#]/g, '\\$&');
}
