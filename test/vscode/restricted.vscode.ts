import { afterAll, beforeAll, expect, test } from 'vitest';

import { Lab, pictureFailures } from './harness/lab.ts';
import { processesNaming } from './harness/processes.ts';
import { killedOnTheWay, tiny } from './harness/runFolder.ts';
import { TextEditorPage } from './harness/textEditor.ts';
import { until } from './harness/wait.ts';
import type { Workbench } from './harness/workbench.ts';

let lab: Lab;
let window: Workbench;

beforeAll(async () => {
  lab = await Lab.start({
    trust: 'asked',
    settings: { 'security.workspace.trust.startupPrompt': 'never' },
    files: { 'notes.txt': 'to be or not to be\n', 'small.seqlab.json': JSON.stringify(tiny('small')) },
  });
  window = await lab.open();
});
pictureFailures(() => window);
afterAll(() => lab.close());

test('the empty view says why nothing can be trained', async () => {
  await window.experiments.open();
  const { text, buttons } = await window.experiments.welcome('Restricted Mode');
  expect(text).toContain('Trust the folder');
  expect(buttons).toEqual(['Manage Workspace Trust']);
  await window.screenshot('restricted-empty');
});

test('no command starts a process, and each says why', async () => {
  const restricted = /Restricted Mode, in which Sequence Lab does not start or control any process/;
  for (const command of [
    'Train PTB model',
    'Train on Text File…',
    'Train with Configuration…',
    'Stop Training',
    'Pause',
    'Resume',
    'Save Checkpoint Now',
    'Show Compute Report',
    'Install TensorFlow for Node…',
    'Use for Inline Preview',
    'Inline Preview Options…',
    'Generate Text…',
    'Show Surprisal in Editor',
  ]) {
    await window.command(`Sequence Lab: ${command}`);
    // Of more than three notifications in 0.8 s VS Code shows those that are left over behind its bell only.
    await window.notificationSays(restricted, 1000).catch(async () => {
      await window.command('Notifications: Show Notifications');
      await window.notificationSays(restricted);
    });
    await window.clearNotifications();
  }
  expect(lab.server.trainers()).toEqual([]);
  expect(lab.server.modelServers()).toEqual([]);
});

test('runs can be looked at, and the view says why they cannot go on', async () => {
  const folder = await killedOnTheWay(lab.folder, tiny('left behind', { epochs: 1000, checkpointSeconds: 0 }));
  await window.experiments.runWhere(
    'interrupted',
    ({ label, icon }) => label === 'left behind' && icon === 'debug-disconnect',
  );
  expect(await window.experiments.message()).toContain('Restricted Mode');
  await window.screenshot('restricted-run');
  await window.experiments.inlineAction('left behind', 'Resume');
  await window.notificationSays('Restricted Mode');
  expect(processesNaming(folder)).toEqual([]);
  expect(lab.server.trainers()).toEqual([]);
  expect(window.errors).toEqual([]);
});

test.each(['Hidden States', 'Next-Word Predictions'])('the panel “%s” of a run says why it is empty', async (title) => {
  await window.clearNotifications();
  await window.experiments.contextAction('left behind', `Show ${title}`);
  const frame = await window.webview(title);
  await frame
    .getByText(/Restricted Mode, in which Sequence Lab does not start or control any process/)
    .first()
    .waitFor();
  await window.screenshot(`restricted-${title}`);
  expect(lab.server.modelServers()).toEqual([]);
  // It is said where one looks, and nowhere else.
  expect(await window.notifications()).toEqual([]);
  expect(window.errors).toEqual([]);
});

test('the inline preview says that the folder is not trusted, and a click opens what can change that', async () => {
  await new TextEditorPage(window).open('notes.txt');
  await until(async () => (await window.statusBar('inlinePreview')) === 'Preview: Restricted Mode', {
    what: 'the refusal in the status bar',
  });
  expect(await window.statusBarLabel('inlinePreview')).toContain(
    'Restricted Mode, in which Sequence Lab does not start',
  );
  await window.clickStatusBar('inlinePreview');
  await window.page.locator('.workspace-trust-editor').waitFor();
  await window.screenshot('restricted-preview');
  expect(window.errors).toEqual([]);
});
