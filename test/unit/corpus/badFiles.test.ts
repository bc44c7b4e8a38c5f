import { execFileSync } from 'node:child_process';
import { chmod, mkdir, open, readdir, readlink } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { detectCorpus, loadCorpus } from '../../../src/corpus/corpus.ts';
import { ConfigurationError } from '../../../src/util/errors.ts';
import { fileErrorOf, folderWith } from './support.ts';

const options = { unit: 'word', vocabularySize: 100 } as const;

async function messageFor(content: string | Uint8Array, unit: 'word' | 'character' = 'word'): Promise<string> {
  const path = join(await folderWith({ 'bad.txt': content }), 'bad.txt');
  const message = await fileErrorOf(loadCorpus({ kind: 'file', path, unit, vocabularySize: 100 }));
  expect(message).toContain(path);
  return message;
}

describe.each(['word', 'character'] as const)('a file that is no text, by %s', (unit) => {
  it.each([
    ['empty', '', /is empty/],
    ['white space', ' \n\t\r\n', /only white space/],
    ['binary', Uint8Array.from([0x61, 0x0a, 0x00, 0x62]), /zero byte at byte offset 2 \(line 2\)/],
    ['UTF-16', Buffer.from('\uFEFFhello\n', 'utf16le'), /UTF-16, with a zero byte at byte offset 3/],
    [
      'Latin-1',
      Buffer.from('a\nb caf\xe9 x\n', 'latin1'),
      /not UTF-8, with an invalid byte at byte offset 7 \(line 2\)/,
    ],
    ['cut in a character', Buffer.from('ab 日').subarray(0, 5), /invalid byte at byte offset 3 \(line 1\)/],
    ['a surrogate', Uint8Array.from([0x61, 0xed, 0xa0, 0x80, 0x20]), /invalid byte at byte offset 1/],
    ['lone continuation bytes', new Uint8Array(10).fill(0x80), /invalid byte at byte offset 0/],
  ])('%s', async (_, content, message) => {
    expect(await messageFor(content, unit)).toMatch(message);
  });
});

describe('one file', () => {
  it('may not have a word of more than 64 KiB', async () => {
    const long = 'x'.repeat(70_000);
    expect(await messageFor(`a b\nc ${long} d\n`)).toMatch(/word of more than 65536 bytes at byte offset 6 \(line 2\)/);
  }, 10_000);

  it('needs 20 lines, with text in each split', async () => {
    expect(await messageFor('a b c\n'.repeat(19))).toMatch(/has 19 lines.*at least 20/);
    expect(await messageFor('a b\n'.repeat(19) + '\n')).toMatch(
      /lines 20 to 20 of 20, the test split, contain no text/,
    );
  });

  it('must exist and be a file', async () => {
    const folder = await folderWith({});
    expect(await fileErrorOf(loadCorpus({ kind: 'file', path: folder, ...options }))).toMatch(/is a folder/);
    const missing = join(folder, 'missing.txt');
    expect(await fileErrorOf(loadCorpus({ kind: 'file', path: missing, ...options }))).toMatch(
      /missing.txt: it does not exist/,
    );
  });

  it.skipIf(process.platform === 'win32')('must be a regular file', async () => {
    const pipe = join(await folderWith({}), 'pipe');
    execFileSync('mkfifo', [pipe]);
    expect(await fileErrorOf(loadCorpus({ kind: 'file', path: pipe, ...options }))).toMatch(/not a regular file/);
  });

  it.skipIf(process.platform === 'win32' || process.getuid?.() === 0)('must be readable', async () => {
    const path = join(await folderWith({ 'closed.txt': 'a\n' }), 'closed.txt');
    await chmod(path, 0);
    expect(await fileErrorOf(loadCorpus({ kind: 'file', path, ...options }))).toMatch(/permission denied/);
  });
});

describe('a folder', () => {
  it('must be a folder with all three files', async () => {
    const folder = await folderWith({ 'train.txt': 'a\n', 'valid.txt': 'a\n' });
    const load = (kind: 'folder' | 'ptb', path: string) => fileErrorOf(loadCorpus({ kind, path, ...options }));
    expect(await load('folder', folder)).toMatch(/test.txt: it does not exist/);
    expect(await load('ptb', folder)).toMatch(/ptb.train.txt: it does not exist/);
    expect(await load('folder', join(folder, 'train.txt'))).toMatch(/train.txt is not a folder.*kind "file"/);
    expect(await load('folder', join(folder, 'nowhere'))).toMatch(/nowhere: it does not exist/);
    await mkdir(join(folder, 'test.txt'));
    expect(await load('folder', folder)).toMatch(/test.txt is a folder: expected a text file/);
  });

  it('needs a path', async () => {
    await expect(loadCorpus({ kind: 'ptb', ...options })).rejects.toThrow(ConfigurationError);
  });
});

it.runIf(process.platform === 'linux')('is closed where the system does not say what kind of file it is', async () => {
  const path = join(await folderWith({ 'text.txt': 'a b\n' }), 'text.txt');
  const handle = await open(path);
  const handles = Object.getPrototypeOf(handle) as FileHandle;
  await handle.close();
  const openOnes = async () => {
    const links = await readdir('/proc/self/fd');
    const files = await Promise.all(links.map((link) => readlink(`/proc/self/fd/${link}`).catch(() => '')));
    return files.filter((file) => file === path).length;
  };
  const fault = Object.assign(new Error('EIO: i/o error'), { code: 'EIO' });
  const failing = vi.spyOn(handles, 'stat').mockRejectedValueOnce(fault);
  try {
    expect(await fileErrorOf(loadCorpus({ kind: 'file', path, ...options }))).toContain(path);
    expect(await openOnes()).toBe(0);
  } finally {
    failing.mockRestore();
  }
});

describe('detectCorpus', () => {
  it('tells the kinds apart', async () => {
    const names = ['train', 'valid', 'test'];
    const files = (prefix: string) => Object.fromEntries(names.map((name) => [`${prefix}${name}.txt`, 'a\n']));
    const ptb = await folderWith({ ...files('ptb.'), ...files('') });
    const folder = await folderWith(files(''));
    expect(await detectCorpus(ptb)).toEqual({ kind: 'ptb', path: ptb });
    expect(await detectCorpus(`${folder}/`)).toEqual({ kind: 'folder', path: folder });
    expect(await detectCorpus(join(folder, 'train.txt'))).toEqual({ kind: 'file', path: join(folder, 'train.txt') });
  });

  it('says what it looked for', async () => {
    const folder = await folderWith({ 'train.txt': 'a\n' });
    const message = await fileErrorOf(detectCorpus(folder));
    expect(message).toContain('ptb.train.txt, ptb.valid.txt, ptb.test.txt (missing: all)');
    expect(message).toContain('train.txt, valid.txt, test.txt (missing: valid.txt, test.txt)');
    expect(await fileErrorOf(detectCorpus(join(folder, 'no')))).toMatch(/does not exist/);
  });
});
