import { isUtf8 } from 'node:buffer';
import type { FileHandle } from 'node:fs/promises';

import { FileError, messageOf } from '../util/errors.ts';
import { CurveColumns, type EpochLength } from './curveColumns.ts';
import { recordOfLine } from './metricsLine.ts';
import type { MetricsRecord } from './schema.ts';

/** Read at once, and parsed without a pause: some hundreds of lines, a few milliseconds. */
const pieceBytes = 128 * 1024;
/** A line of ours has some 200 bytes. */
const longestLine = 4 * 1024 * 1024;
/** So many bytes before the place where reading goes on must still be the same. */
const maxGuard = 256;

const newline = 0x0a;

/** Reads a metrics.jsonl that grows, every whole line once, into columns. */
export class MetricsReader {
  readonly columns: CurveColumns;
  /** What is wrong with the first line that cannot be used; the lines before it are in the columns. */
  problem: string | undefined;
  /** Where the next line begins, in bytes. */
  private position = 0;
  private line = 1;
  private guard: Buffer = Buffer.alloc(0);

  constructor(
    private readonly path: string,
    epochLength: EpochLength,
  ) {
    this.columns = new CurveColumns(epochLength);
  }

  /** Whether a file still begins with what was read. */
  async isContinuedBy(file: FileHandle): Promise<boolean> {
    const { length } = this.guard;
    if (length === 0) return true;
    const { bytesRead, buffer } = await file.read(Buffer.alloc(length), 0, length, this.position - length);
    return bytesRead === length && buffer.equals(this.guard);
  }

  /**
   * Reads the lines that have come. The last one may be torn: what has no line break yet, or makes no sense, is looked at
   * again the next time, and is only a problem when something follows it.
   *
   * @throws the system's error where the file cannot be read
   */
  async readOn(file: FileHandle): Promise<void> {
    this.problem = undefined;
    let buffer = Buffer.allocUnsafe(pieceBytes);
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, buffer.length, this.position);
      const end = buffer.subarray(0, bytesRead).lastIndexOf(newline) + 1;
      if (end > 0) {
        if (await this.take(buffer.subarray(0, end), bytesRead > end ? undefined : file)) continue;
        return;
      }
      if (bytesRead < buffer.length) return;
      if (buffer.length >= longestLine) {
        this.problem = `${this.path}, line ${this.line}, is damaged: it has more than ${longestLine} bytes`;
        return;
      }
      buffer = Buffer.allocUnsafe(buffer.length * 4);
    }
  }

  /**
   * Takes whole lines in; false where one cannot be used.
   *
   * @param file the file, where nothing follows the lines in what was read of it
   */
  private async take(bytes: Buffer, file: FileHandle | undefined): Promise<boolean> {
    const isText = isUtf8(bytes);
    for (let start = 0; start < bytes.length;) {
      const end = bytes.indexOf(newline, start);
      try {
        this.add(recordOfLine(bytes.subarray(start, end), { isText, where: () => `${this.path}, line ${this.line},` }));
      } catch (error) {
        if (!(error instanceof FileError)) throw error;
        const isLast = end === bytes.length - 1 && file !== undefined && (await endsAt(file, this.position + end + 1));
        if (!isLast) this.problem = messageOf(error);
        this.advance(bytes, start);
        return false;
      }
      this.line++;
      start = end + 1;
    }
    this.advance(bytes, bytes.length);
    return true;
  }

  private advance(bytes: Buffer, count: number): void {
    if (count === 0) return;
    this.guard = Buffer.from(bytes.subarray(Math.max(0, count - maxGuard), count));
    this.position += count;
  }

  private add(record: MetricsRecord | undefined): void {
    if (record !== undefined && record.event !== 'test') this.columns.add(record);
  }
}

async function endsAt(file: FileHandle, position: number): Promise<boolean> {
  return (await file.read(Buffer.alloc(1), 0, 1, position)).bytesRead === 0;
}
