import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { Lab, pictureFailures } from './harness/lab.ts';
import { until } from './harness/wait.ts';
import type { Workbench } from './harness/workbench.ts';

/** The compute report, and the install of TensorFlow for Node as far as it goes without a network. */
let lab: Lab;
let window: Workbench;
let before: NodeJS.ProcessEnv;

/** npm that gets the packages and cannot download libtensorflow; where the file `slow` is there, it takes for ever. */
const fakeNpm = (folder: string) => `#!/bin/sh
if [ -e "${folder}/slow" ]; then echo waiting; exec sleep 1000; fi
case "$1" in
  install) mkdir -p node_modules/@tensorflow/tfjs-node ;;
  *) echo "Error: getaddrinfo ENOTFOUND storage.googleapis.com" >&2; exit 1 ;;
esac
`;
const tools = mkdtempSync(join(tmpdir(), 'seqlab-npm-'));

beforeAll(async () => {
  before = { ...process.env };
  writeFileSync(join(tools, 'npm'), fakeNpm(tools));
  chmodSync(join(tools, 'npm'), 0o755);
  process.env.PATH = [tools, process.env.PATH].join(delimiter);
  // Else the extension host has the PATH of a login shell.
  process.env.VSCODE_CLI = '1';
  lab = await Lab.start({ settings: { 'sequenceLab.training.threads': 1 } });
  window = await lab.open();
});
pictureFailures(() => window);
afterAll(async () => {
  process.env = before;
  await lab.close();
});

const storage = (): string => join(lab.server.data, 'data', 'User', 'globalStorage', 'sequence-lab.sequence-lab');
const installs = (): string[] =>
  existsSync(storage()) ? readdirSync(storage()).filter((name) => name.startsWith('tensorflow')) : [];

/** The frame of the Markdown preview. */
async function preview() {
  return until(
    async () => {
      for (const frame of window.page.frames()) {
        const heading = frame.locator('h1', { hasText: 'Compute Report' });
        if ((await heading.count().catch(() => 0)) > 0) return frame;
      }
      return undefined;
    },
    { what: 'the preview of the report', milliseconds: 90_000 },
  );
}

/** The preview is made anew for another theme: what was found in the old one is gone. */
async function scrollTo(heading: string): Promise<void> {
  const scrolled = async (): Promise<boolean> => {
    const found = (await preview()).locator('h1, h2', { hasText: heading });
    return found.scrollIntoViewIfNeeded({ timeout: 3000 }).then(
      () => true,
      () => false,
    );
  };
  await until(scrolled, { what: `the heading ${heading}`, milliseconds: 60_000 });
}

test('the report is shown, with the verdict first and the settings in force', async () => {
  await window.command('Sequence Lab: Show Compute Report');
  const frame = await preview();
  const text = await frame.locator('body').innerText();
  // Nobody's address or home.
  expect(text).not.toMatch(/127\.0\.0\.1|\/tmp\/|\/home\//);
  expect(text).toMatch(/Training works here: onnxruntime-node [\d.]+ \(cpu, 1 thread/);
  for (const words of [
    'Engines',
    'Measured',
    'Expected',
    'Machine',
    'Settings',
    'GFLOPS',
    'GB/s',
    'sequenceLab.training.threads',
  ])
    expect(text).toContain(words);
  await window.notificationSays(/Training works here/, 60_000);
  for (const theme of ['dark', 'light', 'highContrast'] as const) {
    await window.wear(theme);
    await scrollTo('Compute Report');
    await window.screenshot(`compute-report-${theme}`);
    await scrollTo('Settings');
    await window.screenshot(`compute-report-end-${theme}`);
  }
  await window.wear('dark');
  expect(lab.server.trainers()).toEqual([]);
});

test('it is still there after a reload', async () => {
  await window.clearNotifications();
  await window.reload();
  expect(await (await preview()).locator('body').innerText()).toContain('Training works here');
});

test('TensorFlow for Node is not downloaded without a yes', async () => {
  await window.command('Sequence Lab: Install TensorFlow for Node…');
  const { message, buttons } = await window.dialog();
  expect(message).toMatch(/@tensorflow\/tfjs-node 4\.22\.0.*storage\.googleapis\.com/s);
  expect(buttons).toContain('Install');
  await window.screenshot('install-tensorflow-question');
  await window.dialogButton('Cancel');
  expect(installs()).toEqual([]);
});

test('an install whose download fails says why, and leaves nothing', async () => {
  await window.command('Sequence Lab: Install TensorFlow for Node…');
  await window.dialogButton('Install');
  const text = await window.notificationSays(/TensorFlow for Node was not installed/, 60_000);
  expect(text).toMatch(/storage\.googleapis\.com cannot be reached from here \(ENOTFOUND\).*TFJS_NODE_CDN_STORAGE/s);
  await window.screenshot('install-tensorflow-failed');
  expect(installs()).toEqual([]);
  await window.clearNotifications();
});

test('an install can be cancelled, and leaves nothing', async () => {
  mkdirSync(join(tools, 'slow'));
  await window.command('Sequence Lab: Install TensorFlow for Node…');
  await window.dialogButton('Install');
  await until(() => installs().length > 0, { what: 'an install under way', milliseconds: 60_000 });
  await window.notificationButton(/Installing TensorFlow for Node/, 'Cancel');
  await until(() => installs().length === 0, { what: 'the end of the install', milliseconds: 60_000 });
  expect(window.errors).toEqual([]);
});
