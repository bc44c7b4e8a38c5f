import { isUtf8 } from 'node:buffer';

import { writeFileAtomically } from '../util/atomicFile.ts';
import { FileError } from '../util/errors.ts';
import { asFileError } from '../util/fileErrors.ts';
import { runPaths } from './layout.ts';
import { recordOfLine } from './metricsLine.ts';
import { maxMetricsBytes, openRegular } from '../util/regularFile.ts';
import type { MetricsRecord } from './schema.ts';

/** Read at once: a run of weeks has a file larger than the memory that its training leaves free. */
const pieceBytes = 1024 * 1024;
/** A line of ours has some 200 bytes, the gradient flow of a thousand steps in each of sixteen layers less than a megabyte. */
const longestLine = 64 * 1024 * 1024;
const newline = 0x0a;

/** Bytes of a file, the last one excluded. */
interface Range {
  readonly start: number;
  readonly end: number;
}

/**
 * The records of a run's metrics.jsonl, oldest first. A last line that a killed or still writing process left unfinished
 * is not there; records of a kind that this version does not know are left out. Holds all of them in memory.
 *
 * @throws FileError that names the line where one before the last is damaged
 */
export async function readMetrics(folder: string): Promise<MetricsRecord[]> {
  const records: MetricsRecord[] = [];
  const look: Look = (record) => {
    if (record !== undefined) records.push(record);
  };
  await readLines(runPaths(folder).metrics, look, { most: maxMetricsBytes });
  return records;
}

/** Whether a run's metrics.jsonl has a record that this version knows. @throws FileError as readMetrics */
export async function hasMetrics(folder: string): Promise<boolean> {
  let isThere = false;
  await readLines(runPaths(folder).metrics, (record) => (isThere ||= record !== undefined));
  return isThere;
}

type Look = (record: MetricsRecord | undefined, range: Range) => void;

/**
 * Reads the whole lines of a file one after another, without holding more than a piece of it.
 *
 * @param look is given the record of each line, and where the line stands, with its line break
 * @param options.most the most bytes that the file may have; left out, any number
 * @param options.onDamage is given what is wrong with a line before the last; that line is left out
 * @returns whether the last line is torn; it was not looked at
 * @throws FileError that names the line where one before the last is damaged, and nobody is to be told
 */
async function readLines(
  path: string,
  look: Look,
  options: { most?: number; onDamage?: (damage: FileError) => void } = {},
): Promise<{ isTorn: boolean }> {
  const { most, onDamage = refuse } = options;
  const file = await openRegular(path, most);
  try {
    return await asFileError(`cannot read ${path}`, async () => {
      // What is written meanwhile is left for the next time.
      const { size } = await file.stat();
      let buffer = Buffer.allocUnsafe(pieceBytes);
      let number = 1;
      // Whether the piece begins in a line that is too long to be one.
      let isInside = false;
      for (let position = 0; position < size;) {
        const { bytesRead } = await file.read(buffer, 0, Math.min(buffer.length, size - position), position);
        const piece = buffer.subarray(0, bytesRead);
        const isEnd = bytesRead === 0 || position + bytesRead === size;
        const isText = isUtf8(piece.subarray(0, piece.lastIndexOf(newline) + 1));
        let start = 0;
        for (let end = piece.indexOf(newline); end >= 0; end = piece.indexOf(newline, start), number++) {
          const range = { start: position + start, end: position + end + 1 };
          const line = piece.subarray(start, end);
          start = end + 1;
          if (isInside) {
            isInside = false;
            continue;
          }
          let record: MetricsRecord | undefined;
          try {
            const where = () => `${path}, line ${number},`;
            record = recordOfLine(line, { isText, where });
          } catch (error) {
            if (!(error instanceof FileError)) throw error;
            // After a power cut the last line may have its length but not its bytes.
            if (range.end === size) return { isTorn: true };
            onDamage(error);
            continue;
          }
          look(record, range);
        }
        position += start;
        if (isEnd) return { isTorn: position < size };
        if (start > 0) continue;
        if (buffer.length < longestLine) {
          buffer = Buffer.allocUnsafe(buffer.length * 4);
          continue;
        }
        if (!isInside)
          onDamage(new FileError(`${path}, line ${number}, is damaged: it has more than ${longestLine} bytes`));
        isInside = true;
        position += bytesRead;
      }
      return { isTorn: false };
    });
  } finally {
    await file.close();
  }
}

function refuse(damage: FileError): never {
  throw damage;
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
  const kept: Range[] = [];
  let hasLater = false;
  let dropsLine = false;
  const { isTorn } = await readLines(path, (record, { start, end }) => {
    const isLater = record !== undefined && isAfter(record, point);
    hasLater ||= isLater;
    // Of records of an unknown kind only their place says when they were made.
    if (isLater || (record === undefined && hasLater)) {
      dropsLine = true;
      return;
    }
    keep(kept, { start, end });
  });
  if (isTorn || dropsLine) await writeFileAtomically(path, piecesOf(path, kept));
}

/** Adds a range to those before it; two that touch become one. */
function keep(kept: Range[], { start, end }: Range): void {
  const last = kept.at(-1);
  if (last?.end === start) kept[kept.length - 1] = { start: last.start, end };
  else kept.push({ start, end });
}

/** The bytes of some ranges of a file, a piece at a time; each is valid until the next is asked for. */
async function* piecesOf(path: string, ranges: readonly Range[]): AsyncGenerator<Uint8Array> {
  const file = await openRegular(path);
  try {
    const buffer = Buffer.allocUnsafe(pieceBytes);
    for (const { start, end } of ranges)
      for (let position = start; position < end;) {
        const { bytesRead } = await file.read(buffer, 0, Math.min(buffer.length, end - position), position);
        if (bytesRead === 0) throw new FileError(`cannot read ${path}: it has become shorter meanwhile`);
        yield buffer.subarray(0, bytesRead);
        position += bytesRead;
      }
  } finally {
    // Windows replaces no open file.
    await file.close();
  }
}

/**
 * The lines of a metrics.jsonl that this version can read, or knows to be of a later one, in pieces, and what is wrong with
 * the others.
 *
 * @throws FileError where it cannot be read at all
 */
export async function soundLines(path: string): Promise<{ damage: FileError[]; pieces: AsyncIterable<Uint8Array> }> {
  const kept: Range[] = [];
  const damage: FileError[] = [];
  await readLines(path, (_, range) => keep(kept, range), {
    most: maxMetricsBytes,
    onDamage: (found) => damage.push(found),
  });
  return { damage, pieces: piecesOf(path, kept) };
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
