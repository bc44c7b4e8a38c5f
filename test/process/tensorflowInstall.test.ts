import { chmod, mkdir, readdir, readFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  describeFailure,
  installedTensorflow,
  installTensorflow,
  libraryHost,
  removeTensorflow,
} from '../../src/host/tensorflow/tensorflowInstall.ts';
import type { InstallOptions } from '../../src/host/tensorflow/tensorflowInstall.ts';
import { cleanFolders, temporaryFolder, write } from './support.ts';

cleanFolders('each');

/**
 * npm as far as the installer knows it. FAKE_NPM says how it behaves: `good`, `offline` (the install script cannot download),
 * `registry` (npm itself cannot), `hang` (with a child that does not end when it is asked to).
 */
const fakeNpm = `#!/usr/bin/env node
const { mkdirSync, writeFileSync } = require('node:fs');
const { spawn } = require('node:child_process');
const [command, ...rest] = process.argv.slice(2);
const behaviour = process.env.FAKE_NPM;
const home = 'node_modules/@tensorflow/tfjs-node';
console.log('npm ' + [command, ...rest].join(' '));
if (command === 'install') {
  if (behaviour === 'registry') {
    console.error('npm error code ECONNREFUSED');
    process.exit(1);
  }
  mkdirSync(home, { recursive: true });
  writeFileSync(home + '/index.js', '');
} else if (behaviour === 'offline') {
  console.error('* Downloading libtensorflow\\nError: getaddrinfo ENOTFOUND storage.googleapis.com');
  process.exit(1);
} else if (behaviour === 'hang') {
  const program = "process.on('SIGTERM', () => {}); setInterval(() => {}, 1000); console.log('stubborn ' + process.pid)";
  spawn(process.execPath, ['-e', program], { stdio: 'inherit' });
  setInterval(() => {}, 1000);
} else writeFileSync(home + '/library', process.env.ELECTRON_RUN_AS_NODE ?? 'libtensorflow');
`;

interface Trial {
  readonly storage: string;
  readonly lines: string[];
  readonly options: InstallOptions;
}

async function trial(behaviour: string, changes: Partial<InstallOptions> = {}): Promise<Trial> {
  const folder = await temporaryFolder();
  const npm = await write(join(folder, 'bin', 'npm'), fakeNpm);
  await chmod(npm, 0o755);
  const storage = join(folder, 'storage');
  const lines: string[] = [];
  const environment = { PATH: [join(folder, 'bin'), dirname(process.execPath)].join(delimiter), FAKE_NPM: behaviour };
  const options: InstallOptions = {
    storage,
    environment,
    verify: () => Promise.resolve(),
    signal: new AbortController().signal,
    onProgress: () => undefined,
    onOutput: (line) => lines.push(line),
    ...changes,
  };
  return { storage, lines, options };
}

const namesIn = (folder: string): Promise<string[]> => readdir(folder).catch(() => []);

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

// The fake is a script with a first line that names its interpreter.
describe.skipIf(process.platform === 'win32')('TensorFlow for Node', () => {
  it('is fetched without scripts, then its own script is run, then it is checked', async () => {
    const verified: string[] = [];
    const { storage, lines, options } = await trial('good', {
      verify: async (folder) => {
        verified.push(await readFile(join(folder, 'node_modules/@tensorflow/tfjs-node/library'), 'utf8'));
      },
    });
    const { folder, version } = await installTensorflow(options);
    expect({ folder, version }).toEqual({ folder: join(storage, 'tensorflow'), version: '4.22.0' });
    expect(verified).toEqual(['libtensorflow']);
    expect(lines).toEqual([
      'npm install --prefix . --no-audit --no-fund --ignore-scripts',
      'npm rebuild --prefix . --ignore-scripts=false --foreground-scripts @tensorflow/tfjs-node',
    ]);
    expect(installedTensorflow(storage)).toEqual({ folder, version });
    const manifest: unknown = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
    expect(manifest).toMatchObject({ dependencies: { '@tensorflow/tfjs-node': '4.22.0' } });
    // Again, in place of it.
    await installTensorflow(options);
    expect(installedTensorflow(storage)).toEqual({ folder, version });
    expect(await namesIn(storage)).toEqual(['tensorflow']);
    await removeTensorflow(storage);
    expect(installedTensorflow(storage)).toBeUndefined();
    expect(await namesIn(storage)).toEqual([]);
    await removeTensorflow(storage);
  });

  it.each([
    [
      'offline',
      /libtensorflow could not be downloaded: storage\.googleapis\.com cannot be reached.*ENOTFOUND.*http\.proxy/,
    ],
    ['registry', /npm registry could not be reached \(ECONNREFUSED\)/],
  ])('that fails (%s) says why, and leaves nothing', async (behaviour, words) => {
    const { storage, options } = await trial(behaviour);
    await expect(installTensorflow(options)).rejects.toThrow(words);
    expect(installedTensorflow(storage)).toBeUndefined();
    expect(await namesIn(storage)).toEqual([]);
  });

  it('that does not compute is not kept, and the one before stays', async () => {
    const { storage, options } = await trial('good');
    const before = await installTensorflow(options);
    const verify = () => Promise.reject(new Error('invalid instruction.'));
    await expect(installTensorflow({ ...options, verify })).rejects.toThrow(
      /does not compute here: invalid instruction\. Nothing was kept/,
    );
    expect(installedTensorflow(storage)).toEqual(before);
    expect(await namesIn(storage)).toEqual(['tensorflow']);
  });

  it('that is cancelled ends all that it has started, and leaves nothing', async () => {
    const controller = new AbortController();
    let stubborn = NaN;
    const { storage, options } = await trial('hang', {
      signal: controller.signal,
      onOutput: (line) => {
        const pid = /^stubborn (\d+)/.exec(line)?.[1];
        if (pid === undefined) return;
        stubborn = Number(pid);
        controller.abort();
      },
    });
    await expect(installTensorflow(options)).rejects.toHaveProperty('name', 'AbortError');
    // It is dead; its number stays until its parent's heir has heard of that.
    await expect.poll(() => isAlive(stubborn), { timeout: 30_000 }).toBe(false);
    expect(await namesIn(storage)).toEqual([]);
  });

  it('needs npm, and says so', async () => {
    const { options } = await trial('good', { environment: { PATH: '/nowhere' } });
    await expect(installTensorflow(options)).rejects.toThrow(/npm was not found on the PATH\. Install Node\.js/);
  });

  it('clears up after a window that died, and leaves another one alone', async () => {
    const { storage, options } = await trial('good');
    // No process has this number; the parent of the tests lives.
    await mkdir(join(storage, 'tensorflow.installing-2147483646'), { recursive: true });
    await mkdir(join(storage, `tensorflow.installing-${process.ppid}`));
    await installTensorflow(options);
    expect((await namesIn(storage)).sort()).toEqual(['tensorflow', `tensorflow.installing-${process.ppid}`]);
  });
});

describe('an install for another platform, or half of one', () => {
  it('is none', async () => {
    const storage = await temporaryFolder();
    const marker = join(storage, 'tensorflow', 'installed.json');
    for (const content of ['', '{}', '{"version":"4.22.0","platform":"plan9","arch":"x64"}']) {
      await write(marker, content);
      expect(installedTensorflow(storage)).toBeUndefined();
    }
  });
});

describe('what npm wrote, in words', () => {
  it.each([
    ['library', 'Error: Unsupported system: cpu-linux-s390x', /^There is no libtensorflow for this platform/],
    [
      'library',
      'TAR_BAD_ARCHIVE: Unrecognized archive format',
      /is not an archive: a proxy or a mirror may have answered/,
    ],
    ['library', 'node-pre-gyp install failed with error', /no ready-made binding.*none could be compiled/],
    ['library', 'npm error code ENOSPC', /^There is no space left/],
    ['library', 'Error: unable to verify: UNABLE_TO_GET_ISSUER_CERT_LOCALLY', /cannot be reached.*CERT_LOCALLY/],
    ['packages', 'npm error code E403', /registry that is configured does not provide/],
    ['packages', 'something new', /^npm ended with exit code 7; its messages are in the output/],
  ] as const)('%s: %s', (step, output, words) => {
    const message = describeFailure(step, output, 7, 'storage.googleapis.com');
    expect(message).toMatch(words);
    expect(message).toMatch(/Nothing was kept; ONNX Runtime and TensorFlow\.js on WebAssembly work without it\.$/);
  });
});

describe('the host of libtensorflow', () => {
  it.each([
    ['storage.googleapis.com', {}],
    ['mirror.example:8080', { TFJS_NODE_CDN_STORAGE: 'http://mirror.example:8080/files/' }],
    [
      'base.example',
      { TFJS_NODE_BASE_URI: 'https://base.example/lib-', TFJS_NODE_CDN_STORAGE: 'https://other.example' },
    ],
    ['npm.example', { npm_config_TFJS_NODE_CDN_STORAGE: 'https://npm.example', CDN_STORAGE: 'https://third.example' }],
    ['not an address', { CDN_STORAGE: 'not an address' }],
  ])('is %s', (host, environment) => {
    expect(libraryHost(environment)).toBe(host);
  });

  it('is named in progress and failure, or the one that really failed', async () => {
    const mirror = { TFJS_NODE_CDN_STORAGE: 'https://mirror.example/' };
    const steps: string[] = [];
    const { options } = await trial('offline', { onProgress: (words) => steps.push(words) });
    const environment = { ...options.environment, ...mirror };
    await expect(installTensorflow({ ...options, environment })).rejects.toThrow('storage.googleapis.com cannot be');
    expect(steps).toContain('libtensorflow from mirror.example');
    const refused = 'connect ECONNREFUSED 127.0.0.1:443';
    expect(describeFailure('library', refused, 1, 'mirror.example')).toContain('mirror.example cannot be reached');
    const asked = `FetchError: request to https://addons.example/x.tar.gz failed, reason: ${refused}`;
    expect(describeFailure('library', asked, 1, 'mirror.example')).toContain('addons.example cannot be reached');
  });
});
