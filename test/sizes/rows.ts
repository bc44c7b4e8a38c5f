import type { Difference } from './training.ts';

/** What the repeats of a shape with one number of threads gave. */
export interface RepeatsRow {
  kind: 'repeats';
  shape: string;
  threads: number;
  repeats: number;
  /** How many different sets of values the repeats ended with; 1 is right. */
  ends: number;
  /** Between repeats, after the last step. */
  between: Difference;
  /** One step's change against that of one thread; none for one thread itself. */
  fromOneThread: Difference | null;
}

/** How far one step's gradients are from PyTorch's. */
export interface GradientsRow {
  kind: 'gradients';
  fixture: string;
  threads: number;
  cost: number;
  norm: number;
  /** The parameter and the figure that are furthest away, without clipping and with it. */
  worst: Difference;
  clipped: Difference;
}

export type SizeRow = RepeatsRow | GradientsRow;

declare module 'vitest' {
  interface TaskMeta {
    /** For the table at the end of the run. */
    sizeRow?: SizeRow;
  }
}

/** The rows as two tables in Markdown; nothing for a kind that has no row. */
export function tablesOf(rows: readonly SizeRow[]): string {
  const repeats = rows.filter((row) => row.kind === 'repeats');
  const gradients = rows.filter((row) => row.kind === 'gradients');
  return [
    ...table(
      ['shape', 'threads', 'different ends of repeats', 'worst between repeats', 'worst against one thread'],
      repeats.map((row) => [
        row.shape,
        `${row.threads}`,
        `${row.ends} of ${row.repeats}`,
        row.ends === 1 ? 'equal' : described(row.between),
        row.fromOneThread ? described(row.fromOneThread) : '',
      ]),
    ),
    ...table(
      ['against PyTorch', 'threads', 'cost', 'norm', 'worst gradient', 'worst clipped gradient'],
      gradients.map((row) => [
        row.fixture,
        `${row.threads}`,
        row.cost.toExponential(1),
        row.norm.toExponential(1),
        described(row.worst),
        described(row.clipped),
      ]),
    ),
  ].join('\n');
}

function described({ name, relative }: Difference): string {
  return relative === 0 ? 'equal' : `${relative.toExponential(1)} (${name})`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  if (rows.length === 0) return [];
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  return ['', line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)];
}
