/** Figures of a run, a column a figure, all of the same length. */
type Columns<Name extends string> = Readonly<Record<Name, Float64Array>>;

/** What of a run goes into the file. */
export interface CsvRun {
  readonly id: string;
  readonly name: string;
  /** What its validation figures are: `perplexity`, or `pseudo-perplexity` of a bidirectional model. */
  readonly measure: string;
  readonly steps: Columns<
    'step' | 'epoch' | 'seconds' | 'perplexity' | 'learningRate' | 'gradientNorm' | 'wordsPerSecond'
  >;
  readonly epochs: Columns<'step' | 'epoch' | 'seconds' | 'trainPerplexity' | 'validPerplexity'>;
  /** Where the run recorded its gradient flow. */
  readonly flow?: CsvFlow | undefined;
}

/** Records of gradient flow. */
interface CsvFlow {
  readonly layers: readonly { readonly reading: string; readonly layer: number; readonly distances: number }[];
  /** Of each record. */
  readonly step: Float64Array;
  /** Record after record, in it layer after layer, in it by distance; NaN for what was not finite. */
  readonly norms: Float64Array;
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

/** Columns that stand behind those where a run has records of its gradient flow. */
export const flowHeader = ['reading', 'layer', 'distance', 'flow_norm'] as const;

/** The last column, whichever others there are: what the perplexities of a row are. */
export const measureHeader = 'measure';

/** Rows in one piece: enough to be fast, few enough that the page stays awake between two. */
const pieceRows = 5000;

/**
 * The file in pieces (RFC 4180, lines end with CR LF): a row a step record, then a row an epoch record, run by run. In
 * a step's row the perplexity is the running one of its epoch, in an epoch's row that of the whole epoch. Then a row a
 * norm of its gradient flow; layers count from 1, the lowest. Each row ends with what the perplexities of its run are.
 */
export function* csvPieces(runs: readonly CsvRun[]): Generator<string> {
  const hasFlow = runs.some(({ flow }) => flow !== undefined && flow.step.length > 0);
  const noFlow = hasFlow ? ','.repeat(flowHeader.length) : '';
  yield `${[...csvHeader, ...(hasFlow ? flowHeader : []), measureHeader].join(',')}\r\n`;
  for (const { id, name, measure, steps, epochs, flow } of runs) {
    const start = `${textCell(id)},${textCell(name)}`;
    const end = `,${measure}\r\n`;
    yield* pieces(steps.step.length, stepRow(start, steps, `${noFlow}${end}`));
    yield* pieces(epochs.step.length, epochRow(start, epochs, `${noFlow}${end}`));
    if (flow !== undefined) yield* pieces(flow.step.length, flowRows(start, flow, end));
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

function stepRow(start: string, steps: CsvRun['steps'], end: string): (index: number) => string {
  const { step, epoch, seconds, perplexity, learningRate, gradientNorm, wordsPerSecond } = steps;
  return (at) =>
    `${start},step,${numberCell(step[at])},${numberCell(epoch[at])},${numberCell(seconds[at])},` +
    `${numberCell(perplexity[at])},,${numberCell(learningRate[at])},${numberCell(gradientNorm[at])},` +
    `${numberCell(wordsPerSecond[at])}${end}`;
}

function epochRow(start: string, epochs: CsvRun['epochs'], end: string): (index: number) => string {
  const { step, epoch, seconds, trainPerplexity, validPerplexity } = epochs;
  return (at) =>
    `${start},epoch,${numberCell(step[at])},${numberCell(epoch[at])},${numberCell(seconds[at])},` +
    `${numberCell(trainPerplexity[at])},${numberCell(validPerplexity[at])},,,${end}`;
}

/** The rows of a record. */
function flowRows(start: string, { layers, step, norms }: CsvFlow, end: string): (index: number) => string {
  const gap = ','.repeat(csvHeader.length - 4);
  const places = layers.flatMap(({ reading, layer, distances }) =>
    Array.from({ length: distances }, (_, distance) => `${reading},${layer + 1},${distance}`),
  );
  return (record) => {
    const first = `${start},gradientFlow,${numberCell(step[record])}${gap}`;
    const row = (place: string, at: number): string =>
      `${first},${place},${numberCell(norms[record * places.length + at])}${end}`;
    return places.map(row).join('');
  };
}

/** Full precision; what is no number is empty. */
function numberCell(value: number | undefined): string {
  return value === undefined || !Number.isFinite(value) ? '' : String(value);
}
