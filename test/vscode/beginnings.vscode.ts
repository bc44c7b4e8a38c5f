import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { Lab, pictureFailures } from './harness/lab.ts';
import { kill } from './harness/processes.ts';
import { runFolders, statusOf, tiny, wait } from './harness/runFolder.ts';
import { until } from './harness/wait.ts';
import type { Workbench } from './harness/workbench.ts';

/** The ways in which a run begins: a download, a text with words that want to be code, one that fails at once. */
let lab: Lab;
let window: Workbench;
let files: Server;
/** What the file server answers. */
let answer: 'missing' | 'half' | 'good' = 'missing';

/** The real corpus lies beside the repository where it may be used; without it a good download cannot be shown. */
const ptb = join(import.meta.dirname, '..', '..', '..', 'shared', 'data', 'ptb');
const hasPtb = existsSync(join(ptb, 'ptb.train.txt'));

const wicked = '<img src=x onerror=alert(1)>';
const wickedText = Array.from({ length: 1500 }, (_, line) => `${wicked} says word${line % 40} to [it](command:quit)`);

beforeAll(async () => {
  files = createServer((request, response) => {
    if (answer === 'missing') return void response.writeHead(404).end();
    const name = (request.url ?? '').split('/').at(-1) ?? '';
    const bytes = hasPtb ? readFileSync(join(ptb, name)) : Buffer.alloc(1000);
    if (answer === 'good') return void response.end(bytes);
    response.writeHead(200, { 'content-length': bytes.length });
    response.write(bytes.subarray(0, bytes.length / 2), () => response.destroy());
  });
  await new Promise<void>((listening) => files.listen(0, '127.0.0.1', listening));
  const { port } = files.address() as AddressInfo;
  lab = await Lab.start({
    files: {
      'wicked.txt': wickedText.join('\n'),
      'hopeless.seqlab.json': JSON.stringify(tiny('hopeless', { learningRate: 1e6, gradientClip: null })),
      'endless.seqlab.json': JSON.stringify(tiny('endless', { epochs: 10_000 })),
    },
    settings: {
      'sequenceLab.corpus.downloadUrl': `http://127.0.0.1:${port}/data/`,
      'sequenceLab.training.stopWhenWindowCloses': true,
      'sequenceLab.training.threads': 1,
    },
  });
  window = await lab.open();
  await window.experiments.open();
});
pictureFailures(() => window);
afterAll(async () => {
  files.close();
  await lab.close();
});

const storage = (): string[] => {
  const folder = join(lab.server.data, 'data', 'User', 'globalStorage', 'sequence-lab.sequence-lab');
  return existsSync(folder) ? readdirSync(folder).filter((name) => name.startsWith('ptb')) : [];
};

test('a download that fails says why, and leaves nothing', async () => {
  for (const [kind, words] of [
    ['missing', /ptb\.train\.txt could not be downloaded.*404/],
    ['half', /ptb\.train\.txt could not be downloaded.*after [\d,]+ of [\d,]+ bytes|is another file/],
  ] as const) {
    answer = kind;
    await window.command('Sequence Lab: Train PTB model');
    await window.pick(/Download the Penn Treebank/);
    await window.notificationSays(words);
    expect(storage()).toEqual([]);
    await window.clearNotifications();
  }
});

test.skipIf(!hasPtb)('a good download is kept, and found again', async () => {
  answer = 'good';
  await window.command('Sequence Lab: Train PTB model');
  await window.pick(/Download the Penn Treebank/);
  await until(async () => (await window.quickPickItems()).some((item) => item.startsWith('Small')), {
    what: 'the presets',
    milliseconds: 30_000,
  });
  expect(storage()).toEqual(['ptb']);
  await window.dismiss();
  await window.command('Sequence Lab: Train PTB model');
  await until(async () => (await window.quickPickItems()).some((item) => item.startsWith('Small')), {
    what: 'the presets without a question for the corpus',
  });
  await window.dismiss();
});

test('a run that diverges is told of, and continues with a lower learning rate', async () => {
  await window.command('Sequence Lab: Train with Configuration…');
  await window.pick(/hopeless\.seqlab\.json/);
  const row = await window.experiments.runWhere('diverged', ({ description }) => description.startsWith('diverged'));
  expect(await window.experiments.inlineActions(row.label)).not.toContain('Resume');
  // The notification is gone again after some seconds.
  await window.notificationSays(/“hopeless” diverged at step .* The last good checkpoint was saved at step 0\./);
  await window.notificationButton(/“hopeless” diverged/, 'Resume with Lower Learning Rate…');
  await window.answer('1');
  await window.notificationSays(/“hopeless” has finished training/, 60_000);
  await window.clearNotifications();
  await window.closeAllEditors();
});

test('a corpus of words that want to be code is trained, and nothing is run', async () => {
  await window.command('Go to File...');
  await window.search('wicked.txt');
  await window.pick(/wicked\.txt/);
  await until(async () => (await window.tabs()).some((tab) => tab.includes('wicked.txt')), {
    what: 'the file in the editor',
  });
  await window.command('Sequence Lab: Train on Text File…');
  await window.pick(/^Document/);
  await window.experiments.runWhere('begun', ({ label }) => label === 'wicked-document');
  const folder = runFolders(lab.folder).at(-1) ?? '';
  await until(() => statusOf(folder).state === 'done', { what: 'its end', milliseconds: 60_000 });
  await window.notificationSays(/“wicked-document” has finished training/);
  expect(readFileSync(join(folder, 'vocabulary.json'), 'utf8')).toContain('onerror=alert(1)>');
  await window.experiments.expand('wicked-document');
  await (await window.curves()).shows('wicked-document', 'done');
  await window.experiments.click('Configuration');
  // An editor that is still being opened takes the focus from what is opened meanwhile.
  await until(async () => (await window.tabs()).some((tab) => tab.startsWith('config.json')), {
    what: 'the configuration in the editor',
  });
  expect(window.alerts).toEqual([]);
  expect(window.errors).toEqual([]);
});

test('a run is stopped when its window is gone for good, where the setting says so', async () => {
  await window.closeAllEditors();
  await window.command('Sequence Lab: Train with Configuration…');
  await window.pick(/endless\.seqlab\.json/);
  await window.experiments.runWhere('training', ({ icon }) => icon === 'play-circle');
  const folder = runFolders(lab.folder).at(-1) ?? '';
  await window.experiments.click('endless');
  await window.reload();
  await window.experiments.runWhere('training after a reload', ({ icon }) => icon === 'play-circle');
  await wait(folder, statusOf(folder).progress.step + 1);
  await window.close();
  // VS Code's server keeps the host of a closed tab for hours, in case that it comes back.
  for (const host of lab.server.extensionHosts()) kill(host.pid);
  const closed = Date.now();
  await until(() => statusOf(folder).state === 'interrupted', { what: 'the end of the run', milliseconds: 60_000 });
  expect(Date.now() - closed).toBeGreaterThan(25_000);
  expect(readFileSync(join(folder, 'status.json'), 'utf8')).toContain(
    'the VS Code window that it belonged to has closed',
  );
  await until(() => lab.server.trainers().length === 0, { what: 'the end of the trainer', milliseconds: 5000 });
});
