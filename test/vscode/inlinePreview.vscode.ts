import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { Lab, pictureFailures } from './harness/lab.ts';
import { learned, trained } from './harness/runFolder.ts';
import { TextEditorPage } from './harness/textEditor.ts';
import { until } from './harness/wait.ts';
import type { Workbench } from './harness/workbench.ts';

/** Ghost text by a run that has learned the built-in corpus, in an editor as a person uses it. */
let lab: Lab;
let window: Workbench;
let editor: TextEditorPage;

const text = 'The company says that ';

beforeAll(async () => {
  lab = await Lab.start({
    files: { 'notes.txt': '', 'code.py': '' },
    settings: {
      'files.autoSave': 'off',
      'editor.quickSuggestions': { other: 'off', comments: 'off', strings: 'off' },
      'editor.wordBasedSuggestions': 'off',
    },
  });
  trained(lab.folder, learned('writer'));
  window = await lab.open();
  editor = new TextEditorPage(window);
  await window.experiments.open();
  await window.experiments.runWhere('done', ({ label }) => label === 'writer');
});
pictureFailures(() => window);
afterAll(() => lab.close());

const statusSays = (pattern: RegExp): Promise<string> =>
  until(
    async () => {
      const label = await window.statusBarLabel('inlinePreview').catch(() => '');
      return pattern.test(label) ? label : undefined;
    },
    { what: `the status bar to say ${String(pattern)}` },
  );

/** @returns when this run, and no other, is marked in the tree as the one that suggests */
const marked = (label: string | undefined, mark = 'inline preview'): Promise<unknown> =>
  until(
    async () => {
      const runs = (await window.experiments.runs()).filter(({ description }) =>
        description.includes('inline preview'),
      );
      const isIt = runs.every((run) => run.label === label && run.description.startsWith(`${mark} · `));
      return isIt && runs.length === (label === undefined ? 0 : 1);
    },
    { what: `the mark of ${label ?? 'no run'}` },
  );

test('before a run is chosen nothing is suggested and no process runs', async () => {
  await editor.open('notes.txt');
  await statusSays(/no run is chosen/);
  await editor.type('The ');
  await editor.expectNoGhost();
  expect(lab.server.modelServers()).toEqual([]);
});

test('a run that is chosen in the tree suggests; Tab accepts', async () => {
  await window.experiments.contextAction('writer', 'Use for Inline Preview');
  await statusSays(/“writer”: suggests/);
  await marked('writer');
  expect(lab.server.modelServers()).toEqual([]);
  await editor.open('notes.txt');
  await editor.replaceAll(text);
  const ghost = await editor.waitForGhost();
  console.log(`“${text}” ghost: “${ghost}”`);
  expect(ghost.trim().split(/\s+/).length).toBeGreaterThan(0);
  expect(ghost).not.toMatch(/<unk>|\bN\b| n't/);
  for (const theme of ['dark', 'light', 'highContrast'] as const) {
    await window.wear(theme);
    await window.screenshot(`ghost-${theme}`);
  }
  await window.wear('dark');
  expect(lab.server.modelServers()).toHaveLength(1);
  await editor.focus();
  await editor.waitForGhost();
  await window.page.keyboard.press('Tab');
  await until(async () => (await editor.text()) === text + ghost, { what: `the text ${text + ghost}` });
});

test('typing along keeps it, another letter takes it away', async () => {
  await editor.replaceAll(text);
  const ghost = await editor.waitForGhost();
  for (let length = 1; length <= 3; length++) {
    await editor.type(ghost.charAt(length - 1));
    await editor.waitForGhost(ghost.slice(length));
  }
  await editor.type('zq');
  await editor.waitForGhost('');
});

test('accept-word accepts one word, Escape dismisses', async () => {
  await editor.replaceAll(text);
  const ghost = await editor.waitForGhost();
  await window.page.keyboard.press('Control+ArrowRight');
  const accepted = await until(
    async () => {
      const now = await editor.text();
      return now.length > text.length ? now : undefined;
    },
    { what: 'a word of the ghost text' },
  );
  // Where a word ends is for VS Code to say.
  expect((text + ghost).startsWith(accepted)).toBe(true);
  expect(accepted.length).toBeLessThan((text + ghost).length);
  await editor.waitForGhost();
  await window.page.keyboard.press('Escape');
  await editor.waitForGhost('');
  expect(await editor.text()).toBe(accepted);
});

test('a word that was begun is finished', async () => {
  await editor.replaceAll('The comp');
  expect(await editor.waitForGhost()).toMatch(/^(?:any|anies|uter)/);
});

test('when it waits to be asked, it is asked by a command', async () => {
  lab.server.change({ 'sequenceLab.inlinePreview.trigger': 'manual' });
  await editor.replaceAll(text);
  await statusSays(/suggests only when you run the command/);
  await editor.expectNoGhostUnasked();
  await window.command('Trigger Inline Suggestion');
  const ghost = await editor.waitForGhost();
  await editor.type(ghost.slice(0, 3));
  await editor.waitForGhost(ghost.slice(3));
  lab.server.change({ 'sequenceLab.inlinePreview.trigger': 'automatic' });
});

test('after a reload it suggests again, though no view of ours is shown', async () => {
  await window.command('View: Show Explorer');
  // A browser asks before it leaves what is not saved.
  await window.command('File: Save');
  await window.reload();
  await statusSays(/“writer”: suggests/);
  await editor.open('notes.txt');
  await editor.replaceAll(text);
  await editor.waitForGhost();
  // That of the window before is gone.
  await until(() => lab.server.modelServers().length === 1, { what: 'one process' });
  await window.experiments.open();
});

test('it is silent in other languages, and says so', async () => {
  await editor.open('code.py');
  await statusSays(/does not include “python”/);
  await editor.type('the company says that ');
  await editor.expectNoGhost();
});

test('a server that crashes is started again; turned off, it ends', async () => {
  await editor.open('notes.txt');
  await editor.replaceAll(text);
  await editor.waitForGhost();
  const [first] = lab.server.modelServers();
  process.kill(first?.pid ?? 0, 'SIGKILL');
  await until(() => lab.server.modelServers().length === 0, { what: 'the crash' });
  await editor.replaceAll('The traders of the ');
  await editor.waitForGhost();
  expect(lab.server.modelServers()).toHaveLength(1);
  lab.server.change({ 'sequenceLab.inlinePreview.enabled': false });
  await statusSays(/turned off in the settings/);
  await marked('writer', 'inline preview (off)');
  await until(() => lab.server.modelServers().length === 0, { what: 'the end of the process' });
  await editor.replaceAll(text);
  await editor.expectNoGhost();
  expect(lab.server.modelServers()).toEqual([]);
  lab.server.change({ 'sequenceLab.inlinePreview.enabled': true });
});

test('a run that is deleted suggests no more, and nothing fails', async () => {
  await editor.replaceAll(text);
  await editor.waitForGhost();
  const other = trained(lab.folder, learned('deleted'));
  await window.experiments.runWhere('done', ({ label }) => label === 'deleted');
  await window.experiments.contextAction('deleted', 'Use for Inline Preview');
  await statusSays(/“deleted”: suggests/);
  await marked('deleted');
  await editor.replaceAll('The bank ');
  await editor.waitForGhost();
  rmSync(other, { recursive: true });
  await statusSays(/“deleted” no longer exists/);
  await editor.replaceAll('The traders ');
  await editor.expectNoGhost();
  await until(() => lab.server.modelServers().length === 0, { what: 'the end of the process' });
  await window.experiments.contextAction('writer', 'Use for Inline Preview');
  await editor.replaceAll(text);
  await editor.waitForGhost();
  const said = await window.notifications();
  expect(said.filter((text) => !text.includes('has finished training'))).toEqual([]);
});

test('in the middle of a sentence a run that reads both ways fills the gap, one that reads forward is silent', async () => {
  const [gap, behind] = ['The company says ', ' the traders sell bonds.'];
  const goInside = async (): Promise<void> => {
    await editor.replaceAll(gap + behind);
    for (let left = 0; left < behind.length; left++) await window.page.keyboard.press('ArrowLeft');
    // Suggestions come where something is typed.
    await window.page.keyboard.press('Backspace');
    await editor.type(' ');
  };
  await goInside();
  await statusSays(/there is text after the cursor on this line/);
  const both = learned('both ways');
  trained(lab.folder, { ...both, model: { ...both.model, direction: 'bidirectional' } });
  await window.experiments.runWhere('done', ({ label }) => label === 'both ways');
  await window.experiments.contextAction('both ways', 'Use for Inline Preview');
  await goInside();
  const ghost = await editor.waitForGhost();
  console.log(`${gap}[${ghost}]${behind}`);
  expect(ghost.trim()).toMatch(/^\S+$/);
  await window.screenshot('ghost-gap');
});

test('the status bar says that VS Code’s list of suggestions is open', async () => {
  // Its words are those of the text.
  lab.server.change({ 'editor.wordBasedSuggestions': 'currentDocument' });
  await editor.replaceAll('The company says that the companies ');
  await editor.type('com');
  // It takes a moment until the setting holds, and until the words are known.
  await until(
    async () => {
      await window.page.keyboard.press('Escape');
      await window.page.keyboard.press('Control+Space');
      await window.page.waitForTimeout(1000);
      return /list of suggestions is open/.test(await window.statusBarLabel('inlinePreview'));
    },
    { what: 'the status of an open list', every: 500, milliseconds: 45_000 },
  );
  await window.page.keyboard.press('Escape');
  lab.server.change({ 'editor.wordBasedSuggestions': 'off' });
  await until(
    async () => {
      await editor.replaceAll('The company ');
      await window.page.waitForTimeout(1000);
      return !/list of suggestions is open/.test(await window.statusBarLabel('inlinePreview'));
    },
    { what: 'the status of a list that is closed', every: 500, milliseconds: 45_000 },
  );
});

test('the status bar offers what can be changed', async () => {
  await statusSays(/“both ways”/);
  await window.clickStatusBar('inlinePreview');
  expect(await window.quickPickItems()).toEqual([
    expect.stringMatching(/Use Another Run/),
    expect.stringMatching(/Use No Run/),
    expect.stringMatching(/Turn Off/),
    expect.stringMatching(/Suggest Only When Triggered/),
    expect.stringMatching(/Suggest More Often/),
    expect.stringMatching(/Not in plaintext/),
    expect.stringMatching(/Settings/),
  ]);
  await window.page.keyboard.press('Escape');
});

test('what the workspace says is changed there; of all languages none is taken away', async () => {
  const file = join(lab.folder, '.vscode', 'settings.json');
  const trigger = 'sequenceLab.inlinePreview.trigger';
  mkdirSync(join(lab.folder, '.vscode'), { recursive: true });
  writeFileSync(file, JSON.stringify({ [trigger]: 'manual', 'sequenceLab.inlinePreview.languages': ['*'] }));
  await until(
    async () => {
      await editor.replaceAll('The ');
      return /suggests only when you run the command/.test(await window.statusBarLabel('inlinePreview'));
    },
    { what: 'the settings of the workspace', every: 500 },
  );
  await window.clickStatusBar('inlinePreview');
  expect((await window.quickPickItems()).join()).not.toMatch(/Not in|Also in/);
  await window.pick(/Suggest While Typing/);
  await until(() => /trigger": ?"automatic"/.test(readFileSync(file, 'utf8')), { what: 'the setting in its file' });
});

test('with no run nothing is suggested any more', async () => {
  await window.clickStatusBar('inlinePreview');
  await window.pick(/Use No Run/);
  await statusSays(/no run is chosen/);
  await marked(undefined);
  expect(window.errors).toEqual([]);
});
