import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { JsonEditor } from './harness/jsonEditor.ts';
import { Lab, pictureFailures } from './harness/lab.ts';
import { runFolders, statusOf, tiny } from './harness/runFolder.ts';
import { until } from './harness/wait.ts';
import type { Workbench } from './harness/workbench.ts';

/** Configuration files in the editor: explained, completed, checked and trained. */
let lab: Lab;
let window: Workbench;
let editor: JsonEditor;

const schema = 'sequence-lab://schemas/configuration.json';

const wrong = `{
  "$schema": "${schema}",
  "name": "wrong",
  "preset": "demo",
  "model": {
    "layers": 99,
    "layrs": 1
  },
  "training": {
    "schedule": { "kind": "linear", "divisor": 2 }
  },
  "corpus": { "kind": "ptb" }
}
`;

const good = `{
  "preset": "small",
  "corpus": { "kind": "file", "path": "not-there.txt" },
  "model": { "cell": "gru" },
  "training": { "schedule": { "kind": "stepDecay" } }
}
`;

beforeAll(async () => {
  lab = await Lab.start({
    files: {
      'plain.json': '{ "a": 1,, }\n',
      'wrong.seqlab.json': wrong,
      'good.seqlab.json': good,
      'tiny.seqlab.json': JSON.stringify(tiny('tiny run'), null, 2),
      'twice.seqlab.json': '{\n  "seed": 1,\n  "seed": 2\n}\n',
      'malformed.seqlab.json': '{\n  "seed": 1,,\n}\n',
    },
    // VS Code saves by itself in a browser: what is typed here shall not stay.
    settings: { 'sequenceLab.training.threads': 1, 'files.autoSave': 'off' },
  });
  window = await lab.open();
  editor = new JsonEditor(window);
});
pictureFailures(() => window);
afterAll(() => lab.close());

/** What the extension host logs of our activation. */
function activations(): string[] {
  const lines = lab.server.logs('remoteexthost.log').flatMap((file) => readFileSync(file, 'utf8').split('\n'));
  return lines.filter((line) => line.includes('_doActivateExtension sequence-lab.sequence-lab'));
}

test('JSON of another kind does not activate it; a configuration file does, by asking for its schema', async () => {
  await editor.open('plain.json');
  await editor.problems(1);
  expect(activations()).toEqual([]);
  await window.closeAllEditors();
  await editor.open('good.seqlab.json');
  await until(() => activations().length > 0, { what: 'the activation' });
  expect(activations()[0]).toContain('onFileSystem:sequence-lab');
  console.log(`activated in ${await window.activationTime()} ms`);
});

test('a corpus that is not there is a warning at its path, and can be trained', async () => {
  await editor.open('good.seqlab.json');
  expect(await editor.lenses('Train')).toEqual(['Train']);
  const [problem] = await editor.problems(1);
  expect(problem).toMatch(/corpus\.path: cannot read .*not-there\.txt.*Sequence Lab.*Ln 3, Col 39/);
});

test('hover explains a key and a value', async () => {
  expect(await editor.explains('"cell"')).toMatch(/The recurrent cell.*Default: "lstm"/s);
  await window.screenshot('configuration-hover');
});

test('completion offers the keys of the place, and those of a kind', async () => {
  await editor.goTo(4, 27);
  await window.page.keyboard.type(',');
  expect(await editor.offers()).toEqual(
    expect.arrayContaining(['direction', 'forgetBias', 'hiddenSize', 'initScale', 'layers', 'tiedEmbeddings']),
  );
  await window.screenshot('configuration-completion');
  await window.page.keyboard.press('Escape');
  await window.page.keyboard.press('Backspace');
  await editor.goTo(5, 50);
  await window.page.keyboard.type(',');
  expect(await editor.offers()).toEqual(['afterEpoch', 'divisor']);
  await window.page.keyboard.press('Escape');
  await window.command('File: Revert File');
});

test('a wrong file shows each problem once, at its line, and cannot be trained', async () => {
  await window.closeAllEditors();
  await editor.open('wrong.seqlab.json');
  expect(await editor.lenses('problems')).toEqual(['4 problems: cannot be trained']);
  const problems = await editor.problems(4);
  expect(problems.map((text) => /^(.*?) ?Sequence Lab ?\[(Ln \d+)/.exec(text)?.slice(1, 3).join(' @ ')).sort()).toEqual(
    [
      'corpus.path: the kind ptb needs the path of its folder or file @ Ln 12',
      'model.layers: expected a whole number from 1 to 16, got 99 @ Ln 6',
      'model.layrs: unknown key; did you mean model.layers? @ Ln 7',
      'training.schedule.divisor: a key of the kind stepDecay or plateau, but training.schedule.kind is the string "linear"; change the kind or remove the key @ Ln 10',
    ],
  );
  for (const theme of ['dark', 'light', 'highContrast'] as const) {
    await window.wear(theme);
    await window.screenshot(`configuration-wrong-${theme}`);
  }
  await editor.clickLens('4 problems');
  await until(async () => (await editor.cursor()).startsWith('Ln 6, Col'), { what: 'the cursor at the first problem' });
});

test('its problems go as they are mended', async () => {
  await editor.open('wrong.seqlab.json');
  await editor.goTo(6);
  await window.page.keyboard.press('Control+Shift+K');
  await editor.lenses('3 problems');
  await editor.problems(3);
  await window.command('File: Revert File');
});

test('training a wrong file says why, and leads to the line', async () => {
  await editor.open('wrong.seqlab.json');
  await window.command('Sequence Lab: Train with Configuration…');
  const { message, buttons } = await window.dialog();
  expect(message).toContain('wrong.seqlab.json cannot be used');
  expect(message).toContain('Line 6: model.layers: expected a whole number from 1 to 16, got 99');
  expect(buttons).toContain('Show First Problem');
  await window.screenshot('configuration-dialog');
  await window.dialogButton('Show First Problem');
  await until(async () => (await editor.cursor()).startsWith('Ln 6, Col'), { what: 'the cursor at the first problem' });
  expect(lab.server.trainers()).toEqual([]);
});

test('what VS Code itself finds fault with is not told twice', async () => {
  await window.closeAllEditors();
  await editor.open('malformed.seqlab.json');
  expect(await editor.lenses('problem')).toEqual(['1 problem: cannot be trained']);
  for (const text of await editor.problems(1)) expect(text).not.toContain('Sequence Lab');
  await window.closeAllEditors();
  await editor.open('twice.seqlab.json');
  const said = await editor.problems(3);
  expect(said.filter((text) => text.includes('Sequence Lab'))).toHaveLength(1);
});

test('New Experiment… asks step by step, goes back, and opens a file that can be trained', async () => {
  await window.closeAllEditors();
  await window.command('Sequence Lab: New Experiment…');
  await window.pick(/Built-in corpus/);
  await window.pick(/^GRU/);
  const shapes = async () => (await window.quickPickItems()).map((item) => item.split(',')[0]);
  // The list of cells may still stand there for a moment.
  await until(async () => (await shapes()).includes('Forward'), { what: 'the shapes of a network' });
  expect(await shapes()).toEqual(['Forward', 'Deep', 'Bidirectional', 'Deep bidirectional']);
  await window.page.locator('.quick-input-widget:visible .codicon-quick-input-back').click();
  await window.page.locator('.quick-input-widget:visible').filter({ hasText: '2/5' }).waitFor();
  await window.screenshot('new-experiment-cell');
  await window.pick(/^Plain RNN/);
  await window.pick(/^Deep,/);
  await window.pick(/^Demo/);
  await window.page.locator('.quick-input-widget:visible').filter({ hasText: '5/5' }).waitFor();
  await window.answer('tiny');
  await until(async () => (await window.quickInputMessage()).includes('tiny.seqlab.json already exists'), {
    what: 'the refusal of a name that is taken',
  });
  await window.screenshot('new-experiment-name');
  await window.answer('mine');
  const path = join(lab.folder, 'mine.seqlab.json');
  await until(() => existsSync(path), { what: 'the file' });
  expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual({
    $schema: schema,
    name: 'mine',
    preset: 'demo',
    corpus: { kind: 'builtin' },
    model: { cell: 'rnn', layers: 3 },
  });
  expect(await editor.lenses('Train')).toEqual(['Train']);
  await until(async () => (await editor.cursor()).startsWith('Ln 11, Col 4'), {
    what: 'the cursor behind the last key',
  });
  await editor.problems(0);
  expect(await editor.explains('"preset"')).toContain('The preset to start from');
  await editor.goTo(11, 4);
  await window.page.keyboard.type(',\n');
  expect(await editor.offers()).toEqual(expect.arrayContaining(['training', 'evaluation', 'engine', 'seed']));
  await window.screenshot('new-experiment-completion');
  await window.page.keyboard.press('Escape');
  await window.page.keyboard.press('Backspace');
  await window.page.keyboard.press('Backspace');
  for (const theme of ['dark', 'light', 'highContrast'] as const) {
    await window.wear(theme);
    await window.screenshot(`new-experiment-${theme}`);
  }
  await window.command('File: Revert File');
});

test('Train above the text trains it, and then leads to its curves', async () => {
  await window.closeAllEditors();
  await editor.open('tiny.seqlab.json');
  await editor.lenses('Train');
  await editor.clickLens('Train');
  const folder = await until(() => runFolders(lab.folder)[0], { what: 'the run' });
  await until(() => statusOf(folder).state === 'done', { what: 'its end', milliseconds: 60_000 });
  await window.notificationSays(/“tiny run” has finished training/);
  // The panel took the focus, and VS Code asks for no lenses of an editor that lacks it.
  await editor.focus();
  expect(await editor.lenses('Show Loss Curves')).toEqual(['Train', 'Show Loss Curves']);
  await window.screenshot('configuration-trained');
  await window.page.locator('.editor-actions [aria-label^="Train"]').waitFor();
  expect(window.errors).toEqual([]);
});
