import { open, type FileHandle } from 'node:fs/promises';

import { writeWhole } from './atomicFile.ts';
import { fileErrorFrom } from './fileErrors.ts';

/**
 * Appends lines to a file through one handle, one after another, so that lines of calls that overlap never mix. A line
 * that could be written only in part (a full disk) is taken back, so that the next one does not run into it.
 */
export class LineWriter {
  private last: Promise<unknown> = Promise.resolve();
  private closing: Promise<void> | undefined;

  private constructor(
    private readonly path: string,
    private readonly handle: FileHandle,
  ) {}

  /** @throws FileError where the file cannot be opened for appending */
  static async open(path: string): Promise<LineWriter> {
    try {
      return new LineWriter(path, await open(path, 'a'));
    } catch (error) {
      throw fileErrorFrom(error, `cannot open ${path} for appending`);
    }
  }

  /**
   * Appends one line; the line break is added. Settles when the system has the bytes (not: when the disk has them).
   *
   * @throws FileError where not all of it could be written
   */
  async append(line: string): Promise<void> {
    return this.inTurn(async () => {
      const { size } = await this.handle.stat();
      try {
        await writeWhole(this.handle, Buffer.from(`${line}\n`, 'utf8'));
      } catch (error) {
        await this.handle.truncate(size).catch(() => undefined);
        throw error;
      }
    });
  }

  /** Waits for what is being written, makes it last on the disk and closes the file; once, however often it is called. */
  async close(): Promise<void> {
    this.closing ??= this.inTurn(async () => {
      try {
        await this.handle.sync();
      } finally {
        await this.handle.close();
      }
    });
    return this.closing;
  }

  private async inTurn(operation: () => Promise<void>): Promise<void> {
    const turn = this.last.then(operation).catch((error: unknown) => {
      throw fileErrorFrom(error, `cannot append to ${this.path}`);
    });
    this.last = turn.catch(() => undefined);
    return turn;
  }
}
