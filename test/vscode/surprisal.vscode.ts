import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { saveCheckpoint } from '../../src/runs/checkpoints.ts';
import { readSafetensors } from '../../src/formats/safetensors.ts';
import { Lab, pictureFailures } from './harness/lab.ts';
import { kill } from './harness/processes.ts';
import { learned, trained } from './harness/runFolder.ts';
import { TextEditorPage } from './harness/textEditor.ts';
import { until } from './harness/wait.ts';
import type { Workbench } from './harness/workbench.ts';

/** Surprisal in the editor and generated text, by a run that has learned the built-in corpus. */
let lab: Lab;
let window: Workbench;
let editor: TextEditorPage;
let critic = '';

const paragraphs = [
  'The company says that the traders sell bonds. The bank of Tokyo hires a xylophone.',
  '',
  '"The stock gained 5%," said Mr. Smith.',
  ...Array.from({ length: 300 }, () => ''),
  'Far below the traders sell machines.',
];

beforeAll(async () => {
  lab = await Lab.start({
    files: {
      'notes.txt': paragraphs.join('\n'),
      'endless.txt': `${'The traders sell bonds. '.repeat(1000)}The zebra sells a xylophone.`,
    },
    settings: { 'editor.hover.delay': 100, 'editor.wordWrap': 'on' },
  });
  critic = trained(lab.folder, learned('critic'));
  window = await lab.open();
  editor = new TextEditorPage(window);
  await window.experiments.open();
  await window.experiments.runWhere('done', ({ label }) => label === 'critic');
});
pictureFailures(() => window);
afterAll(() => lab.close());

const coloured = async (word: string): Promise<boolean> => (await editor.coloured()).includes(word);

/** Answers the question that is asked with these words. */
async function answer(question: RegExp, text: string): Promise<void> {
  await until(async () => question.test(await window.quickInputMessage()), {
    what: `the question ${String(question)}`,
  });
  await window.answer(text);
}

test('words are coloured by how little they were expected', async () => {
  await editor.open('notes.txt');
  expect(await editor.coloured()).toEqual([]);
  await window.experiments.contextAction('critic', 'Show Surprisal in Editor');
  await until(async () => coloured('xylophone'), { what: 'the colours', milliseconds: 30_000 });
  for (const theme of ['dark', 'light', 'highContrast', 'highContrastLight'] as const) {
    await window.wear(theme);
    await window.screenshot(`surprisal-${theme}`);
  }
  await window.wear('dark');
  const words = await editor.coloured();
  expect(words).toContain('bonds');
  // What can only follow has no colour: the "%" of "5%", whichever digits a processor trains with.
  expect(words).toContain('5');
  expect(words.filter((text) => text.includes('%'))).toEqual([]);
  expect(lab.server.modelServers()).toHaveLength(1);
});

test('a hover tells the figures and what was likelier', async () => {
  await editor.hoverOver('xylophone');
  const said = await editor.hoverText(/bits[^]*Most likely here/);
  expect(said).toMatch(/<unk> [\d.]+ bits · [\d.<e-]+ ?[\d.]* % · rank \d/);
  expect(said).toContain('Not in the vocabulary');
  expect(said).toMatch(/Most likely here[^]*Run: “critic”/);
  await window.screenshot('surprisal-hover');
});

test('what is changed is scored again, and what was far away when it is on show', async () => {
  await editor.focus();
  await window.page.keyboard.press('Control+Home');
  await editor.type('Zebras and ');
  await until(async () => coloured('Zebras'), { what: 'the new word to be coloured' });
  await window.page.keyboard.press('Control+End');
  await until(async () => (await editor.coloured()).length > 0, { what: 'the last line to be coloured' });
});

test('hidden, nothing is left: no colour and no process', async () => {
  await window.page.keyboard.press('Control+Home');
  await until(async () => coloured('xylophone'), { what: 'the colours' });
  await window.command('Sequence Lab: Hide Surprisal');
  await until(async () => (await editor.coloured()).length === 0, { what: 'no colours' });
  await until(() => lab.server.modelServers().length === 0, { what: 'the end of the process' });
  await editor.type('The ');
  await editor.expectNoColours();
  expect(lab.server.modelServers()).toEqual([]);
});

test('the end of an endless line is coloured when it is on show', async () => {
  await editor.open('endless.txt');
  await window.experiments.contextAction('critic', 'Show Surprisal in Editor');
  await editor.focus();
  await window.page.keyboard.press('Control+End');
  await until(async () => coloured('xylophone'), { what: 'the colours at the end of the line' });
  await window.command('Sequence Lab: Hide Surprisal');
  await editor.open('notes.txt');
});

test('when its run saves other weights, the text is scored by them', async () => {
  const config = { ...learned('learner'), training: { ...learned('').training, maxSteps: 1 } };
  const folder = trained(lab.folder, config);
  await window.experiments.runWhere('done', ({ label }) => label === 'learner');
  await window.experiments.contextAction('learner', 'Show Surprisal in Editor');
  // One that has learned nothing expects no word.
  const isPercentColoured = async (): Promise<boolean> => (await editor.coloured()).some((text) => text.includes('%'));
  await until(isPercentColoured, { what: 'the colours of one that knows nothing', milliseconds: 30_000 });
  const { tensors } = await readSafetensors(join(critic, 'checkpoints', 'step-00000500.safetensors'));
  await saveCheckpoint(folder, { step: 500, tensors, progress: {} });
  // As a trainer does after it. Of a run that is done nothing is expected: it is looked at again when that is asked for.
  const status = join(folder, 'status.json');
  writeFileSync(status, readFileSync(status));
  await window.command('Sequence Lab: Refresh Experiments');
  await until(async () => (await coloured('5')) && !(await isPercentColoured()), { what: 'the fresh colours' });
  await window.command('Sequence Lab: Hide Surprisal');
});

test('when its run is gone, it is hidden, and that is said', async () => {
  const folder = trained(lab.folder, learned('short-lived'));
  await window.experiments.runWhere('done', ({ label }) => label === 'short-lived');
  await window.experiments.contextAction('short-lived', 'Show Surprisal in Editor');
  await until(async () => coloured('xylophone'), { what: 'the colours', milliseconds: 30_000 });
  rmSync(folder, { recursive: true });
  await window.notificationSays('Surprisal is hidden: the run “short-lived” no longer exists.');
  await until(async () => (await editor.coloured()).length === 0, { what: 'no colours' });
  await window.clearNotifications();
});

/** Answers the questions of Generate Text…, careful and with one seed. */
async function generate(words: string): Promise<void> {
  await window.experiments.contextAction('critic', 'Generate Text…');
  await answer(/The prompt to continue/, 'The company says');
  await answer(/Number of words/, words);
  await window.pick(/Careful/);
  await answer(/Seed/, '7');
}

/** @returns when a run has written some words into the editor in front */
async function isWriting(): Promise<void> {
  await window.notificationSays(/Generating text with critic: [\d,]+ of/);
}

test('text is generated into a new editor, and the same seed writes it again', async () => {
  const texts: string[] = [];
  for (let round = 0; round < 2; round++) {
    await window.experiments.contextAction('critic', 'Generate Text…');
    await answer(/The prompt to continue/, 'The company says');
    if (round === 0) await answer(/Number of words/, '0');
    await answer(round === 0 ? /a whole number from 1/ : /Number of words/, '40');
    await window.pick(/Careful/);
    await answer(/Seed/, '7');
    expect(await window.notificationSays(/Generated 40 words with/)).toBe(
      'Generated 40 words with “critic”, temperature 0.7, top 40, seed 7.',
    );
    texts.push(await editor.text());
    await window.screenshot(`generated-${round}`);
    await window.clearNotifications();
  }
  expect(texts[0]).toMatch(/^The company says.{40}/);
  expect(texts[0]).not.toContain('<unk>');
  expect(texts[1]).toBe(texts[0]);
  expect(window.errors).toEqual([]);
});

test('who cancels keeps what was written, and is told how much that is; who types meanwhile is not in the way', async () => {
  await generate('1000000');
  await isWriting();
  await window.notificationButton(/Generating text with critic/, 'Cancel');
  const said = await window.notificationSays(/words with/);
  const count =
    /^Generated ([\d,]+) words with “critic”, temperature 0\.7, top 40, seed 7\.$/
      .exec(said)?.[1]
      ?.replaceAll(',', '') ?? '';
  expect(Number(count)).toBeGreaterThan(0);
  expect(Number(count)).toBeLessThan(1_000_000);
  await until(async () => (await window.notifications()).join() === said, { what: 'nothing but that to be said' });
  const kept = await editor.textInSight();
  expect(lab.server.modelServers()).toHaveLength(1);
  await window.clearNotifications();
  // The same seed writes the same words: so many, and no more, stand there.
  await generate(count);
  await window.notificationSays(`${said}`);
  expect(await editor.textInSight()).toBe(kept);
  await window.clearNotifications();

  await generate('2000');
  await isWriting();
  await editor.focus();
  await window.page.keyboard.press('Control+Home');
  await editor.type('Meanwhile I type. ');
  expect(await window.notificationSays(/words with/)).toContain('Generated 2,000 words with');
  expect(await editor.textInSight()).toContain('Meanwhile I type. The company says');
  await window.clearNotifications();
  expect(window.errors).toEqual([]);
});

test('the model server ends with its window, though it is at work', async () => {
  await generate('1000000');
  await isWriting();
  expect(lab.server.modelServers()).toHaveLength(1);
  await window.close();
  // VS Code's server keeps the host of a closed tab for hours, in case that it comes back.
  for (const host of lab.server.extensionHosts()) kill(host.pid);
  await until(() => lab.server.modelServers().length === 0, {
    what: 'the end of the model server',
    milliseconds: 5000,
  });
});
