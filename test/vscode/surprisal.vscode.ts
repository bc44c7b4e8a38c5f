import { rmSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { Lab, pictureFailures } from './harness/lab.ts';
import { learned, trained } from './harness/runFolder.ts';
import { TextEditorPage } from './harness/textEditor.ts';
import { until } from './harness/wait.ts';
import type { Workbench } from './harness/workbench.ts';

/** Surprisal in the editor and generated text, by a run that has learned the built-in corpus. */
let lab: Lab;
let window: Workbench;
let editor: TextEditorPage;

const paragraphs = [
  'The company says that the traders sell bonds. The bank of Tokyo hires a xylophone.',
  '',
  '"The stock gained 5%," said Mr. Smith.',
  ...Array.from({ length: 300 }, () => ''),
  'Far below the traders sell machines.',
];

beforeAll(async () => {
  lab = await Lab.start({ files: { 'notes.txt': paragraphs.join('\n') }, settings: { 'editor.hover.delay': 100 } });
  trained(lab.folder, learned('critic'));
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
  // What can only follow has no colour.
  expect(words).toContain('bonds');
  expect(words).not.toContain('that');
  expect(lab.server.modelServers()).toHaveLength(1);
});

test('a hover tells the figures and what was likelier', async () => {
  await editor.hoverOver('xylophone');
  const said = await editor.hoverText(/bits[^]*Likeliest here/);
  expect(said).toMatch(/<unk> [\d.]+ bits · [\d.<e-]+ ?[\d.]* % · rank \d/);
  expect(said).toContain('Not in the vocabulary');
  expect(said).toContain('Likeliest here');
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

test('when its run is gone, it is hidden, and that is said', async () => {
  const folder = trained(lab.folder, learned('short-lived'));
  await window.experiments.runWhere('done', ({ label }) => label === 'short-lived');
  await window.experiments.contextAction('short-lived', 'Show Surprisal in Editor');
  await until(async () => coloured('xylophone'), { what: 'the colours', milliseconds: 30_000 });
  rmSync(folder, { recursive: true });
  await window.notificationSays(/Surprisal is hidden: .* not there any more/);
  await until(async () => (await editor.coloured()).length === 0, { what: 'no colours' });
  await window.clearNotifications();
});

test('text is generated into a new editor, and the same seed writes it again', async () => {
  const texts: string[] = [];
  for (let round = 0; round < 2; round++) {
    await window.experiments.contextAction('critic', 'Generate Text…');
    await answer(/The text to go on from/, 'The company says');
    if (round === 0) await answer(/How many words/, '0');
    await answer(round === 0 ? /a whole number from 1/ : /How many words/, '40');
    await window.pick(/Careful/);
    await answer(/Seed/, '7');
    expect(await window.notificationSays(/40 words by/)).toBe('40 words by “critic”, temperature 0.7, top 40, seed 7.');
    texts.push(await editor.text());
    await window.screenshot(`generated-${round}`);
    await window.clearNotifications();
  }
  expect(texts[0]).toMatch(/^The company says.{40}/);
  expect(texts[0]).not.toContain('<unk>');
  expect(texts[1]).toBe(texts[0]);
  expect(window.errors).toEqual([]);
});
