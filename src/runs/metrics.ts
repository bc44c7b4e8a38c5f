import * as z from 'zod';

import { writeFileAtomically } from '../util/atomicFile.ts';
import { FileError } from '../util/errors.ts';
import { parseAs, textOf } from './files.ts';
import { runPaths } from './layout.ts';
import { maxMetricsBytes, readRegular } from '../util/regularFile.ts';
import { metricsRecordSchema, type MetricsRecord } from './schema.ts';

export interface MetricsLine {
  readonly text: string;
  /** Undefined for a kind of record that only a newer version knows. */
  readonly record: MetricsRecord | undefined;
}

const anyRecordSchema = z.looseObject({ event: z.string() });
const knownEvents: readonly string[] = metricsRecordSchema.options.map((option) => option.shape.event.value);

/**
 * The records of a run's metrics.jsonl, oldest first. A last line that a killed or still writing process left unfinished
 * is not there; records of a kind that this version does not know are left out.
 *
 * @throws FileError that names the line where one before the last is damaged
 */
export async function readMetrics(folder: string): Promise<MetricsRecord[]> {
  const { lines } = await readLines(runPaths(folder).metrics);
  return lines.flatMap(({ record }) => (record === undefined ? [] : [record]));
}

async function readLines(path: string): Promise<{ lines: MetricsLine[]; isTorn: boolean }> {
  const bytes = await readRegular(path, maxMetricsBytes);
  const end = bytes.lastIndexOf('\n');
  const lines: MetricsLine[] = [];
  let start = 0;
  for (let number = 1; start <= end; number++) {
    const next = bytes.indexOf('\n', start);
    const isLast = next === bytes.length - 1;
    try {
      lines.push(parseMetricsLine(bytes.subarray(start, next), `${path}, line ${number},`));
    } catch (error) {
      // After a power cut the last line may have its length but not its bytes.
      if (!(error instanceof FileError) || !isLast) throw error;
      return { lines, isTorn: true };
    }
    start = next + 1;
  }
  return { lines, isTorn: end !== bytes.length - 1 };
}

/** @param where the line, for messages @throws FileError where it is damaged */
export function parseMetricsLine(bytes: Uint8Array, where: string): MetricsLine {
  const text = textOf(bytes, where);
  const { event } = parseAs(anyRecordSchema, text, where);
  return { text, record: knownEvents.includes(event) ? parseAs(metricsRecordSchema, text, where) : undefined };
}

/** How far training had come at the checkpoint from which it goes on. */
export interface ResumePoint {
  /** Steps done, over all epochs. */
  readonly step: number;
  /** Epochs that were validated and recorded before the checkpoint. Left out: all that ended by that step. */
  readonly finishedEpochs?: number;
}

/**
 * Repairs metrics.jsonl so that training can go on from a checkpoint without recording anything twice: drops a torn last
 * line, the steps and epochs after the checkpoint, and the test at or after it (a resumed run tests again).
 *
 * @throws FileError where the file cannot be read or written, or a line before the last is damaged
 */
export async function truncateMetrics(folder: string, point: ResumePoint): Promise<void> {
  const path = runPaths(folder).metrics;
  const { lines, isTorn } = await readLines(path);
  const firstLater = lines.findIndex(({ record }) => record !== undefined && isAfter(record, point));
  // Of records of an unknown kind only their place says when they were made.
  const kept = lines.filter(({ record }, index) =>
    record === undefined ? firstLater < 0 || index < firstLater : !isAfter(record, point),
  );
  if (!isTorn && kept.length === lines.length) return;
  await writeFileAtomically(path, kept.map(({ text }) => `${text}\n`).join(''));
}

/** Drops a torn last line, if there is one, and leaves the rest as it is. */
export function repairMetrics(folder: string): Promise<void> {
  return truncateMetrics(folder, { step: Number.MAX_SAFE_INTEGER });
}

function isAfter(record: MetricsRecord, { step, finishedEpochs = Number.MAX_SAFE_INTEGER }: ResumePoint): boolean {
  switch (record.event) {
    case 'step':
    case 'gradientFlow':
      return record.step > step;
    case 'epoch':
      return record.step > step || record.epoch > finishedEpochs;
    case 'test':
      return record.step >= step;
  }
}
