import type { EpochColumns, StepColumns } from '../../src/protocol/curves.ts';
import type { Columns } from './columns.ts';
import type { FlowData } from './flowData.ts';

/** What of a run goes into the file. */
export interface CsvRun {
  readonly id: string;
  readonly name: string;
  readonly steps: Columns<keyof StepColumns>;
  readonly epochs: Columns<keyof EpochColumns>;
  readonly flow?: FlowData | undefined;
}

export const csvHeader = [
  'run',
  'name',
  'event',
  'step',
  'epoch',
  'seconds',
  'train_perplexity',
  'valid_perplexity',
  'learning_rate',
  'gradient_norm',
  'words_per_second',
] as const;

/** Columns that stand behind the others where a run has records of its gradient flow. */
export const flowHeader = ['reading', 'layer', 'distance', 'flow_norm'] as const;

/** Rows in one piece: enough to be fast, few enough that the page stays awake between two. */
const pieceRows = 5000;

/**
 * The file in pieces (RFC 4180, lines end with CR LF): a row a step record, then a row an epoch record, run by run. In
 * a step's row the perplexity is the running one of its epoch, in an epoch's row that of the whole epoch. Then a row a
 * norm of its gradient flow; layers count from 1, the lowest.
 */
export function* csvPieces(runs: readonly CsvRun[]): Generator<string> {
  const hasFlow = runs.some(({ flow }) => flow !== undefined && flow.length > 0);
  const end = hasFlow ? ','.repeat(flowHeader.length) : '';
  yield `${[...csvHeader, ...(hasFlow ? flowHeader : [])].join(',')}\r\n`;
  for (const run of runs) {
    const start = `${textCell(run.id)},${textCell(run.name)}`;
    yield* pieces(run.steps.length, stepRow(start, run.steps, end));
    yield* pieces(run.epochs.length, epochRow(start, run.epochs, end));
    if (run.flow !== undefined) yield* pieces(run.flow.length, flowRows(start, run.flow));
  }
}

/**
 * A text as a cell. A text that a spreadsheet would take for a formula gets an apostrophe in front (OWASP, CSV
 * injection); quotes, commas and line ends are quoted.
 */
export function textCell(text: string): string {
  const harmless = /^\s*[=+\-@\t\r\n|%]/u.test(text) ? `'${text}` : text;
  return /[",\r\n]/u.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}

function* pieces(count: number, row: (index: number) => string): Generator<string> {
  for (let from = 0; from < count; from += pieceRows) {
    let piece = '';
    for (let index = from; index < Math.min(from + pieceRows, count); index += 1) piece += row(index);
    yield piece;
  }
}

function stepRow(start: string, steps: Columns<keyof StepColumns>, end: string): (index: number) => string {
  const [step, epoch, seconds] = [steps.column('step'), steps.column('epoch'), steps.column('seconds')];
  const [perplexity, rate] = [steps.column('perplexity'), steps.column('learningRate')];
  const [norm, words] = [steps.column('gradientNorm'), steps.column('wordsPerSecond')];
  return (at) =>
    `${start},step,${numberCell(step[at])},${numberCell(epoch[at])},${numberCell(seconds[at])},` +
    `${numberCell(perplexity[at])},,${numberCell(rate[at])},${numberCell(norm[at])},${numberCell(words[at])}${end}\r\n`;
}

function epochRow(start: string, epochs: Columns<keyof EpochColumns>, end: string): (index: number) => string {
  const [step, epoch, seconds] = [epochs.column('step'), epochs.column('epoch'), epochs.column('seconds')];
  const [train, valid] = [epochs.column('trainPerplexity'), epochs.column('validPerplexity')];
  return (at) =>
    `${start},epoch,${numberCell(step[at])},${numberCell(epoch[at])},${numberCell(seconds[at])},` +
    `${numberCell(train[at])},${numberCell(valid[at])},,,${end}\r\n`;
}

/** The rows of a record. */
function flowRows(start: string, flow: FlowData): (index: number) => string {
  const gap = ','.repeat(csvHeader.length - 4);
  return (record) => {
    const step = numberCell(flow.steps[record]);
    return flow.layers
      .flatMap((layer) =>
        Array.from(
          flow.norms(record, layer),
          (norm, distance) =>
            `${start},gradientFlow,${step}${gap},${layer.reading},${layer.layer + 1},${distance},${numberCell(norm)}\r\n`,
        ),
      )
      .join('');
  };
}

/** Full precision; what is no number is empty. */
function numberCell(value: number | undefined): string {
  return value === undefined || !Number.isFinite(value) ? '' : String(value);
}
