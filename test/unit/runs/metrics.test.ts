import { execFile } from 'node:child_process';
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';

import { hasMetrics, readMetrics, truncateMetrics } from '../../../src/runs/metrics.ts';
import { FileError } from '../../../src/util/errors.ts';
import { epochRecord, flowRecord, rejection, stepRecord, testRecord, withFolder } from './fixtures.ts';

const records = [
  stepRecord(1),
  stepRecord(2),
  epochRecord(1, 2),
  stepRecord(3),
  stepRecord(4),
  epochRecord(2, 4),
  testRecord(4),
];
const lines = records.map((record) => JSON.stringify(record));
const whole = `${lines.join('\n')}\n`;

async function withMetrics(
  text: string | Uint8Array,
  body: (folder: string, path: string) => Promise<void>,
): Promise<void> {
  await withFolder(async (folder) => {
    const path = join(folder, 'metrics.jsonl');
    await writeFile(path, text);
    await body(folder, path);
  });
}

describe('readMetrics', () => {
  it('reads what was written', () =>
    withMetrics(whole, async (folder) => {
      expect(await readMetrics(folder)).toEqual(records);
    }));

  it('ignores a torn last line, wherever it was torn', () =>
    withMetrics('', async (folder, path) => {
      expect(await readMetrics(folder)).toEqual([]);
      for (let length = 0; length < whole.length; length += 7) {
        await writeFile(path, whole.slice(0, length));
        const complete = whole.slice(0, length).split('\n').length - 1;
        expect(await readMetrics(folder)).toEqual(records.slice(0, complete));
      }
      await writeFile(path, Buffer.concat([Buffer.from(`${lines[0]}\n`), Buffer.alloc(100), Buffer.from('\n')]));
      expect(await readMetrics(folder)).toEqual(records.slice(0, 1));
    }));

  it('names a damaged line in the middle', () =>
    withMetrics(`${lines[0]}\n{"event":"step"\n${lines[1]}\n`, async (folder, path) => {
      const error = await rejection(readMetrics(folder));
      expect(error).toBeInstanceOf(FileError);
      expect(error.message).toContain(`${path}, line 2, is damaged: not valid JSON`);
      await writeFile(path, `${lines[0]}\n\n${lines[1]}\n`);
      expect((await rejection(readMetrics(folder))).message).toContain('line 2, is damaged');
      await writeFile(path, `${JSON.stringify({ ...stepRecord(1), step: 0 })}\n${lines[1]}\n`);
      expect((await rejection(readMetrics(folder))).message).toContain('line 1, cannot be used: step:');
    }));

  it('allows keys and kinds of records of a newer version', () =>
    withMetrics(
      `${JSON.stringify({ ...stepRecord(1), later: [1] })}\n{"event":"probe"}\n${lines[1]}\n`,
      async (folder) => {
        expect(await readMetrics(folder)).toMatchObject([stepRecord(1), stepRecord(2)]);
      },
    ));

  it('is a FileError where there is no file, or a folder', () =>
    withFolder(async (folder) => {
      expect((await rejection(readMetrics(folder))).message).toContain('it does not exist; check the path (ENOENT)');
      await mkdir(join(folder, 'metrics.jsonl'));
      expect(await rejection(readMetrics(folder))).toBeInstanceOf(FileError);
    }));
});

describe('hasMetrics', () => {
  it('is told by a whole record of a known kind, and throws as readMetrics does', () =>
    withMetrics('{"event":"probe"}\n{"event":"st', async (folder, path) => {
      expect(await hasMetrics(folder)).toBe(false);
      await writeFile(path, `{"event":"probe"}\n${lines[0]}\n`);
      expect(await hasMetrics(folder)).toBe(true);
      await writeFile(path, `${lines[0]}\n{\n${lines[1]}\n`);
      expect((await rejection(hasMetrics(folder))).message).toContain('line 2, is damaged');
    }));
});

describe('truncateMetrics', () => {
  it('drops gradient flows of steps after the checkpoint', () => {
    const flows = [stepRecord(1), flowRecord(1), stepRecord(2), stepRecord(3), flowRecord(3)];
    return withMetrics(flows.map((record) => `${JSON.stringify(record)}\n`).join(''), async (folder) => {
      await truncateMetrics(folder, { step: 2 });
      expect(await readMetrics(folder)).toEqual([stepRecord(1), flowRecord(1), stepRecord(2)]);
      await truncateMetrics(folder, { step: 0 });
      expect(await readMetrics(folder)).toEqual([]);
    });
  });

  it.each([
    [0, undefined, 0],
    [1, undefined, 1],
    [2, undefined, 3],
    [2, 0, 2],
    [3, undefined, 4],
    [4, undefined, 6],
    [4, 1, 5],
    [5, undefined, 7],
  ])('to step %d with %s finished epochs keeps %d records', (step, finishedEpochs, kept) =>
    withMetrics(`${whole}{"event":"st`, async (folder, path) => {
      await truncateMetrics(folder, { step, ...(finishedEpochs !== undefined && { finishedEpochs }) });
      const expected = lines.slice(0, kept).map((line) => `${line}\n`);
      expect(await readFile(path, 'utf8')).toBe(expected.join(''));
    }),
  );

  it('keeps what stands between dropped lines, and lines of any length', async () => {
    const long = JSON.stringify({ ...stepRecord(2), note: 'x'.repeat(3_000_000) });
    const text = [lines[0], long, lines[4], lines[1], lines[2], lines[4], ''].join('\n');
    await withMetrics(text, async (folder, path) => {
      await truncateMetrics(folder, { step: 2 });
      expect((await readFile(path, 'utf8')) === [lines[0], long, lines[1], lines[2], ''].join('\n')).toBe(true);
    });
  });

  it('leaves a file alone of which nothing is to be dropped', () =>
    withMetrics(whole, async (folder, path) => {
      const { ino } = await stat(path);
      await truncateMetrics(folder, { step: 5 });
      expect((await stat(path)).ino).toBe(ino);
    }));

  it('has no more than a piece of the file in memory', () =>
    withMetrics('', async (folder, path) => {
      const script = join(folder, 'child.mjs');
      await build({
        entryPoints: [join(import.meta.dirname, 'truncate.child.ts')],
        bundle: true,
        platform: 'node',
        // The main file of jsonc-parser is UMD, which no bundler can follow.
        mainFields: ['module', 'main'],
        format: 'esm',
        target: 'node20',
        outfile: script,
        logLevel: 'error',
      });
      const record = { ...stepRecord(1), perplexity: 123.456_789_012_345, seconds: 12_345.678_901_234 };
      const [first, second] = [record, { ...record, step: 2 }].map((one) => `${JSON.stringify(one)}\n`.repeat(50_000));
      await writeFile(path, `${first}${second}`);
      // The lines alone are 20 MB.
      const heap = '--max-old-space-size=20';
      await promisify(execFile)(process.execPath, [heap, script, folder, '1']);
      expect((await readFile(path, 'utf8')) === first).toBe(true);
    }));

  it('drops records of unknown kinds that came after', () =>
    withMetrics([lines[0], '{"event":"probe"}', lines[3], '{"event":"probe"}', ''].join('\n'), async (folder, path) => {
      await truncateMetrics(folder, { step: 2 });
      expect(await readFile(path, 'utf8')).toBe(`${lines[0]}\n{"event":"probe"}\n`);
    }));
});
