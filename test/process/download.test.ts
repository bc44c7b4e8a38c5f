import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';

import { describe, expect, it } from 'vitest';

import { downloadPtb, type DownloadProgress, type PtbDownload } from '../../src/corpus/download.ts';
import type { KnownFile } from '../../src/corpus/ptb.ts';
import { ConfigurationError, FileError } from '../../src/util/errors.ts';
import { rejection, withFolder } from '../unit/runs/fixtures.ts';
import { withServer, type Answer, type FileServer } from './fileServer.ts';

const contents = {
  'ptb.train.txt': Buffer.from(`${"no it was n't black monday \n".repeat(9000)}`),
  'ptb.valid.txt': Buffer.from('consumers may want to move \n'.repeat(100)),
  'ptb.test.txt': Buffer.from('but while the new york stock exchange \n'.repeat(50)),
};
type Name = keyof typeof contents;
const names = Object.keys(contents) as Name[];
const files: KnownFile[] = names.map((name) => ({
  name,
  bytes: contents[name].length,
  sha256: createHash('sha256').update(contents[name]).digest('hex'),
}));
const trainBytes = contents['ptb.train.txt'].length;

const whole =
  (content: Uint8Array, headers: Record<string, string> = {}): Answer =>
  (response) =>
    void response
      .writeHead(200, { 'content-type': 'text/plain', 'content-length': content.length, ...headers })
      .end(content);
const good = Object.fromEntries(names.map((name) => [name, whole(contents[name])]));

interface World extends FileServer {
  parent: string;
  folder: string;
  download: (more?: Partial<PtbDownload>) => Promise<void>;
}

async function withDownload(answers: Record<string, Answer>, body: (world: World) => Promise<void>): Promise<void> {
  await withFolder((parent) =>
    withServer({ ...good, ...answers }, (server) => {
      const folder = join(parent, 'storage', 'ptb');
      const download = (more: Partial<PtbDownload> = {}): Promise<void> =>
        downloadPtb({ url: server.url, folder, files, idleMilliseconds: 10_000, ...more });
      return body({ ...server, parent, folder, download });
    }),
  );
}

async function expectWhole(folder: string): Promise<void> {
  for (const name of names) expect((await readFile(join(folder, name))).equals(contents[name])).toBe(true);
  expect(await readdir(join(folder, '..'))).toEqual(['ptb']);
}

/** That a download fails, says this, and leaves nothing. */
async function expectFailure(
  { download, parent }: World,
  words: string,
  more: Partial<PtbDownload> = {},
): Promise<Error> {
  const error = await rejection(download(more));
  expect(error.message).toContain(words);
  expect(error).toBeInstanceOf(FileError);
  expect(error.message).toContain('sequenceLab.corpus.downloadUrl');
  expect(await readdir(join(parent, 'storage'))).toEqual([]);
  return error;
}

describe('downloadPtb', () => {
  it('fetches the files, tells how far it is, and fetches nothing twice', () =>
    withDownload({}, async ({ folder, asked, download }) => {
      const told: DownloadProgress[] = [];
      await download({ onProgress: (progress) => told.push(progress) });
      await expectWhole(folder);
      expect((await readdir(folder)).sort()).toEqual([...names].sort());
      expect(asked).toEqual(names.map((name) => `/data/${name}`));
      expect(told[0]).toEqual({ file: 'ptb.train.txt', bytes: 0, total: trainBytes, fraction: 0 });
      expect(told.at(-1)).toEqual({
        file: 'ptb.test.txt',
        bytes: files[2]!.bytes,
        total: files[2]!.bytes,
        fraction: 1,
      });
      expect(told.map(({ fraction }) => fraction)).toEqual(told.map(({ fraction }) => fraction).sort((a, b) => a - b));
      await download();
      expect(asked).toHaveLength(3);
    }));

  it.skipIf(!existsSync('../shared/data/ptb/ptb.train.txt'))('fetches the real corpus by its own digests', () => {
    const real = resolve('../shared/data/ptb');
    const answers = Object.fromEntries(
      names.map((name): [string, Answer] => [
        name,
        (response, request) => void readFile(join(real, name)).then((content) => whole(content)(response, request)),
      ]),
    );
    return withFolder((parent) =>
      withServer(answers, async ({ url, asked }) => {
        const folder = join(parent, 'ptb');
        await downloadPtb({ url, folder });
        for (const name of names)
          expect((await readFile(join(folder, name))).equals(await readFile(join(real, name)))).toBe(true);
        await downloadPtb({ url, folder });
        expect(asked).toHaveLength(3);
      }),
    );
  });

  it('takes compressed answers, answers of unknown length, and redirections', () => {
    const answers: Record<string, Answer> = {
      'ptb.train.txt': (response) =>
        void response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(contents['ptb.train.txt'])),
      'ptb.valid.txt': (response) => void response.writeHead(200).end(contents['ptb.valid.txt']),
      'ptb.test.txt': (response) => void response.writeHead(302, { location: '/elsewhere/moved.txt' }).end('moved'),
      'moved.txt': whole(contents['ptb.test.txt']),
    };
    return withDownload(answers, async ({ folder, url, asked, download }) => {
      await download({ url: `${url}/?key=1#part` });
      await expectWhole(folder);
      expect(asked).toEqual([...names.map((name) => `/data/${name}?key=1`), '/elsewhere/moved.txt']);
    });
  });

  it('keeps what is right already, replaces what is not, and leaves other files alone', () =>
    withDownload({}, async ({ folder, asked, download }) => {
      await mkdir(folder, { recursive: true });
      await writeFile(join(folder, 'ptb.valid.txt'), contents['ptb.valid.txt']);
      const damaged = Buffer.from(contents['ptb.test.txt']);
      damaged[7]! ^= 1;
      await writeFile(join(folder, 'ptb.test.txt'), damaged);
      await download();
      await expectWhole(folder);
      expect(asked).toEqual(['/data/ptb.train.txt', '/data/ptb.test.txt']);

      await writeFile(join(folder, 'notes.txt'), 'mine');
      await writeFile(join(folder, 'ptb.valid.txt'), 'cut');
      await download();
      await expectWhole(folder);
      expect(await readFile(join(folder, 'notes.txt'), 'utf8')).toBe('mine');
    }));

  it('says what came in place of the file, and leaves nothing', async () => {
    const train = (answer: Answer): Record<string, Answer> => ({ 'ptb.train.txt': answer });
    const wrong = Buffer.from(contents['ptb.train.txt']);
    wrong[1000]! ^= 1;
    const cases: [Answer, string][] = [
      [(response) => void response.writeHead(404).end(), 'the server answered 404 (Not Found): there is no such file'],
      [(response) => void response.writeHead(403).end(), 'the server answered 403 (Forbidden)'],
      [
        (response) => void response.writeHead(503).end(),
        'the server answered 503 (Service Unavailable); try again later',
      ],
      [(response) => void response.writeHead(304).end(), 'the server answered 304'],
      [whole(wrong), 'it is another file: its SHA-256 is '],
      [whole(Buffer.from('<html>'), { 'content-type': 'text/html; charset=utf-8' }), 'a web page was received instead'],
      [whole(Buffer.alloc(0)), 'the download ended after 0 of 252,000 bytes'],
      [whole(wrong.subarray(0, 1000)), 'the download ended after 1,000 of 252,000 bytes'],
      [whole(Buffer.concat([wrong, wrong])), 'it is larger than 252,000 bytes'],
      [whole(gzipSync(Buffer.alloc(50_000_000)), { 'content-encoding': 'gzip' }), 'it is larger than 252,000 bytes'],
      [(response) => response.destroy(), 'the connection broke'],
      [(response) => void response.writeHead(302).end(), 'redirects to something that is not a web address'],
      [
        (response) => void response.writeHead(302, { location: 'http://example.com/x' }).end(),
        'redirects to http://example.com, which is not followed',
      ],
      [(response) => void response.writeHead(302, { location: 'file:///etc/passwd' }).end(), 'which is not followed'],
      [
        (response) => void response.writeHead(302, { location: 'https://me:secret@example.com/' }).end(),
        'redirects to https://example.com, which is not followed',
      ],
    ];
    for (const [answer, words] of cases) {
      await withDownload(train(answer), async (world) => {
        const { message } = await expectFailure(world, words);
        expect(message).toContain(`ptb.train.txt could not be downloaded from ${world.url}/ptb.train.txt: `);
        expect(message).not.toContain('secret');
      });
    }
  });

  it('says how far it came when the connection broke in the middle', () =>
    withDownload(
      {
        'ptb.train.txt': (response) => {
          response.writeHead(200, { 'content-length': trainBytes });
          response.write(contents['ptb.train.txt'].subarray(0, 100_000), () => setImmediate(() => response.destroy()));
        },
      },
      async (world) => {
        const { message } = await expectFailure(world, 'the connection broke');
        expect(message).toMatch(/after 100,000 of 252,000 bytes/);
      },
    ));

  it('ends an endless file as soon as it is too large', () =>
    withDownload(
      {
        'ptb.train.txt': (response) => {
          const piece = randomBytes(65_536);
          const pour = (): void => {
            while (!response.destroyed && response.write(piece));
          };
          response.on('drain', pour);
          pour();
        },
      },
      async (world) => {
        await expectFailure(world, 'it is larger than 252,000 bytes');
      },
    ));

  it('waits only so long for a server that is silent, from the start or in the middle', async () => {
    await withDownload({ 'ptb.train.txt': () => undefined }, async (world) => {
      await expectFailure(world, 'no answer came for 0.2 s; try again later', { idleMilliseconds: 200 });
    });
    const half: Answer = (response) => void response.writeHead(200).write(contents['ptb.valid.txt'].subarray(0, 700));
    await withDownload({ 'ptb.valid.txt': half }, async (world) => {
      await expectFailure(world, 'no answer came for 0.2 s after 700 of 2,800 bytes', { idleMilliseconds: 200 });
    });
  });

  it('follows five redirections and no more', async () => {
    const hops = (last: number): Record<string, Answer> => ({
      'ptb.train.txt': (response) => void response.writeHead(307, { location: '/hop1' }).end(),
      ...Object.fromEntries(
        Array.from({ length: last }, (_, index): [string, Answer] => [
          `/hop${index + 1}`,
          index + 1 === last
            ? whole(contents['ptb.train.txt'])
            : (response) => void response.writeHead(301, { location: `hop${index + 2}` }).end(),
        ]),
      ),
    });
    await withDownload(hops(5), ({ download }) => download());
    await withDownload(hops(6), async (world) => {
      await expectFailure(world, 'it was redirected more than 5 times');
    });
    const circle: Answer = (response) => void response.writeHead(302, { location: 'ptb.train.txt' }).end();
    await withDownload({ 'ptb.train.txt': circle }, async (world) => {
      await expectFailure(world, 'it was redirected more than 5 times');
      expect(world.asked).toHaveLength(6);
    });
  });

  it('leaves nothing when it is cancelled, before or in the middle', () =>
    withDownload({}, async ({ parent, download, asked }) => {
      const reason = new Error('enough');
      expect(await rejection(download({ signal: AbortSignal.abort(reason) }))).toBe(reason);
      expect(asked).toEqual([]);
      const controller = new AbortController();
      const onProgress = ({ file, bytes }: DownloadProgress): void => {
        if (file === 'ptb.valid.txt' && bytes > 0) controller.abort();
      };
      const error = await rejection(download({ signal: controller.signal, onProgress }));
      expect(error.name).toBe('AbortError');
      expect(await readdir(join(parent, 'storage'))).toEqual([]);
    }));

  it('is cancelled while a server is silent', () =>
    withDownload({}, async ({ parent, url }) => {
      const controller = new AbortController();
      await withServer({ 'ptb.train.txt': () => controller.abort() }, async (silent) => {
        const folder = join(parent, 'storage', 'ptb');
        const error = await rejection(downloadPtb({ url: silent.url, folder, files, signal: controller.signal }));
        expect(error.name).toBe('AbortError');
        expect(await readdir(join(parent, 'storage'))).toEqual([]);
      });
      expect(url).toContain('127.0.0.1');
    }));

  it('leaves a folder as it was when something fails', () =>
    withDownload({ 'ptb.test.txt': whole(Buffer.from('other')) }, async ({ folder, download }) => {
      await mkdir(folder, { recursive: true });
      await writeFile(join(folder, 'ptb.valid.txt'), contents['ptb.valid.txt']);
      await rejection(download());
      expect(await readdir(folder)).toEqual(['ptb.valid.txt']);
      expect(await readdir(join(folder, '..'))).toEqual(['ptb']);
    }));

  it('says where it cannot write', () =>
    withDownload({}, async ({ parent, download, asked }) => {
      await writeFile(join(parent, 'taken'), '');
      for (const folder of [
        join(parent, 'taken'),
        join(parent, 'taken', 'ptb'),
        join(parent, 'taken', 'more', 'ptb'),
      ]) {
        const error = await rejection(download({ folder }));
        expect(error).toBeInstanceOf(FileError);
        expect(error.message).toContain(join(parent, 'taken'));
      }
      expect(asked).toEqual([]);
    }));

  it('refuses addresses without https, with a password, or that are none', () =>
    withFolder(async (folder) => {
      for (const url of [
        'http://example.com/ptb/',
        'ftp://example.com/',
        'example.com',
        '',
        'http://127.0.0.1.example.com/',
        'http://localhost.example.com/',
        'file:///ptb/',
        'https://me:secret@example.com/',
        'http://me@localhost/',
      ]) {
        const error = await rejection(
          downloadPtb({ url, folder, files, fetch: () => Promise.reject(new Error('was asked')) }),
        );
        expect(error).toBeInstanceOf(ConfigurationError);
        expect(error.message).toContain('sequenceLab.corpus.downloadUrl');
        expect(error.message).not.toContain('secret');
      }
      expect(await readdir(folder)).toEqual([]);
    }));

  it('says why a host cannot be reached', () =>
    withDownload({}, async (world) => {
      const cases: [string, string][] = [
        ['ENOTFOUND', 'the host corpus.example was not found (ENOTFOUND)'],
        ['EAI_AGAIN', 'the host corpus.example was not found (EAI_AGAIN)'],
        ['ECONNREFUSED', 'corpus.example does not answer'],
        ['SELF_SIGNED_CERT_IN_CHAIN', 'the certificate of corpus.example is not trusted (SELF_SIGNED_CERT_IN_CHAIN)'],
        ['CERT_HAS_EXPIRED', 'the certificate of corpus.example is not trusted'],
        ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'the certificate of corpus.example is not trusted'],
        ['ENETUNREACH', 'cannot be reached'],
      ];
      for (const [code, words] of cases) {
        const cause = Object.assign(new Error('as the system says'), { code });
        const fetch = () => Promise.reject(new TypeError('fetch failed', { cause }));
        await expectFailure(world, words, { url: 'https://corpus.example/ptb', fetch });
      }
    }));

  it('removes what a killed download left a day ago, and nothing younger', () =>
    withDownload({}, async ({ folder, download }) => {
      const [old, young] = [`${folder}.download-0a`, `${folder}.download-0b`];
      for (const left of [old, young]) {
        await mkdir(left, { recursive: true });
        await writeFile(join(left, 'ptb.train.txt'), 'half');
      }
      const twoDaysAgo = new Date(Date.now() - 48 * 3_600_000);
      await utimes(old, twoDaysAgo, twoDaysAgo);
      await download();
      expect((await readdir(join(folder, '..'))).sort()).toEqual(['ptb', 'ptb.download-0b']);
    }));

  it('does no harm when two windows download at once', () =>
    withDownload({}, async ({ folder, download }) => {
      for (let round = 0; round < 20; round++) {
        await rm(folder, { recursive: true, force: true });
        await Promise.all([download(), download(), download()]);
        await expectWhole(folder);
      }
      expect((await stat(folder)).isDirectory()).toBe(true);
    }));
});
