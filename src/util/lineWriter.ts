import { open, readlink, stat, type FileHandle } from 'node:fs/promises';

import { writeWhole } from './atomicFile.ts';
import { errorCode, fileErrorFrom } from './fileErrors.ts';

/**
 * Appends lines to a file, one after another, so that lines of calls that overlap never mix. A line that could be written
 * only in part (a full disk) is taken back, so that the next one does not run into it. Where another file has come in the
 * place of the one that was opened (a checkout, a program that synchronises folders), lines go to that one.
 */
export class LineWriter {
  private last: Promise<unknown> = Promise.resolve();
  private closing: Promise<void> | undefined;

  private constructor(
    private path: string,
    private handle: FileHandle,
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
      const { size } = await this.fileAtPath();
      try {
        await writeWhole(this.handle, Buffer.from(`${line}\n`, 'utf8'));
      } catch (error) {
        await this.handle.truncate(size).catch(() => undefined);
        throw error;
      }
    });
  }

  /**
   * Where the file that is open is now, though it was moved or its folder was; undefined where it is deleted, or the system does
   * not tell (it does on Linux alone).
   */
  async whereabouts(): Promise<string | undefined> {
    const link = await readlink(`/proc/self/fd/${this.handle.fd}`).catch(() => undefined);
    const isThere =
      link !== undefined && (await stat(link).catch(() => undefined))?.ino === (await this.handle.stat()).ino;
    return isThere ? link : undefined;
  }

  /** The file that is open has another path from now on. */
  follow(path: string): void {
    this.path = path;
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

  /** What is at the path, opened anew where that is not the file that was open. */
  private async fileAtPath(): Promise<{ size: number }> {
    const opened = await this.handle.stat({ bigint: true });
    const there = await stat(this.path, { bigint: true }).catch((error: unknown) => {
      if (errorCode(error) === 'ENOENT') return undefined;
      throw error;
    });
    if (there?.ino === opened.ino && there.dev === opened.dev) return { size: Number(opened.size) };
    const handle = await open(this.path, 'a');
    await this.handle.close().catch(() => undefined);
    this.handle = handle;
    return handle.stat();
  }

  private async inTurn(operation: () => Promise<void>): Promise<void> {
    const turn = this.last.then(operation).catch((error: unknown) => {
      throw fileErrorFrom(error, `cannot append to ${this.path}`);
    });
    this.last = turn.catch(() => undefined);
    return turn;
  }
}
