import { readFileSync } from 'node:fs';

import { describe, expect, it } from 'vitest';
import { getLanguageService, TextDocument } from 'vscode-json-languageservice';
import type { CompletionItem, MarkupContent } from 'vscode-json-languageservice';

import { cellIds } from '../../../src/config/cells.ts';
import { schemaAddress, withoutChecks } from '../../../src/config/editorSchema.ts';
import type { EditorSchema } from '../../../src/config/editorSchema.ts';
import { configurationJsonSchema, schemaText } from '../../../src/config/jsonSchema.ts';
import { configurationKeys } from '../../../src/config/keys.ts';
import { resolveConfiguration } from '../../../src/config/parse.ts';
import { presetNames, presets } from '../../../src/config/presets.ts';

const strict = configurationJsonSchema();

/** What VS Code's JSON editor makes of a schema. `|` in a text is the cursor. */
function editorWith(schema: EditorSchema) {
  const service = getLanguageService({});
  service.configure({
    schemas: [{ uri: schemaAddress, fileMatch: ['*.seqlab.json'], schema: schema as object }],
  });
  const open = (text: string) => {
    const document = TextDocument.create('file:///a.seqlab.json', 'json', 1, text.replace('|', ''));
    const position = document.positionAt(Math.max(text.indexOf('|'), 0));
    return { document, position, json: service.parseJSONDocument(document) };
  };
  return {
    async problems(text: string): Promise<string[]> {
      const { document, json } = open(text);
      const found = await service.doValidation(document, json);
      return found.map(({ range, message }) => `${document.getText(range)}: ${inWords(message)}`);
    },
    async offers(text: string): Promise<readonly CompletionItem[]> {
      const { document, position, json } = open(text);
      return (await service.doComplete(document, position, json))?.items ?? [];
    },
    async explains(text: string): Promise<string> {
      const { document, position, json } = open(text);
      const contents = (await service.doHover(document, position, json))?.contents;
      const parts: unknown[] = Array.isArray(contents) ? contents : [contents];
      return parts.map((part) => (typeof part === 'string' ? part : (part as MarkupContent).value)).join('\n');
    },
  };
}

const inWords = (text: string | MarkupContent): string => (typeof text === 'string' ? text : text.value);
const labels = (items: readonly CompletionItem[]): string[] => items.map(({ label }) => label);

describe('the schema file', () => {
  it('is not stale', () => {
    const file = readFileSync(new URL('../../../media/seqlab.schema.json', import.meta.url), 'utf8');
    expect(file === schemaText(), 'media/seqlab.schema.json is stale: run npm run build and commit it').toBe(true);
  });

  it('explains every key, and every value of a list', () => {
    const walk = function* (schema: EditorSchema, path: string): Generator<[string, EditorSchema]> {
      yield [path, schema];
      for (const [name, child] of Object.entries(schema.properties ?? {}))
        if (child !== true) yield* walk(child, path === '' ? name : `${path}.${name}`);
      for (const one of schema.allOf ?? []) if (one.then !== undefined) yield* walk(one.then, path);
    };
    const all = [...walk(strict, '')];
    for (const { path } of configurationKeys()) expect(all.map(([name]) => name)).toContain(path);
    for (const [path, schema] of all) {
      if (schema.type !== undefined) expect(schema.description, path).toBeTruthy();
      for (const meaning of schema.enum?.map((_, index) => schema.enumDescriptions?.[index]) ?? [])
        expect(meaning, path).toBeTruthy();
    }
  });
});

/** Whether zod takes a file, after its preset. */
function isTaken(value: unknown): boolean {
  try {
    resolveConfiguration({ file: { path: '/a.json', text: JSON.stringify(value) } });
    return true;
  } catch {
    return false;
  }
}

describe('the schema', () => {
  const editor = editorWith(strict);

  it.each(presetNames)('takes the preset %s, as it is and resolved', async (preset) => {
    for (const value of [presets[preset].configuration, resolveConfiguration({ preset })])
      expect(await editor.problems(JSON.stringify({ $schema: schemaAddress, ...value }))).toEqual([]);
  });

  it.each<[boolean, unknown]>([
    [true, {}],
    [true, { $schema: schemaAddress, preset: 'small', name: 'a b' }],
    [true, { preset: 'small', training: { schedule: { divisor: 3 } } }],
    [true, { training: { schedule: { kind: 'plateau', threshold: 0 }, optimizer: { kind: 'adam', epsilon: 1e-6 } } }],
    [true, { training: { gradientClip: null, maxSteps: null, earlyStoppingEpochs: 2 } }],
    [true, { model: { cell: 'gru', direction: 'bidirectional', layers: 2.0 } }],
    [true, { corpus: { kind: 'file', path: 'a.txt', unit: 'character' } }],
    [false, []],
    [false, { nam: 'x' }],
    [false, { name: '' }],
    [false, { name: '  ' }],
    [false, { name: 3 }],
    [false, { preset: 'smal' }],
    [false, { seed: 1.5 }],
    [false, { seed: -1 }],
    [false, { model: null }],
    [false, { model: { layers: 17 } }],
    [false, { model: { layers: '2' } }],
    [false, { model: { initScale: 0 } }],
    [false, { model: { cell: 'cnn' } }],
    [false, { training: { schedule: 'constant' } }],
    [false, { training: { schedule: { kind: 'lineal' } } }],
    [false, { training: { schedule: { kind: 'linear', divisor: 2 } } }],
    [false, { training: { schedule: { kind: 'linear', endFraction: 2 } } }],
    [false, { training: { schedule: { kind: 'plateau', divisor: 1 } } }],
    [false, { training: { optimizer: { kind: 'sgd', momentum: 0.9 } } }],
    [false, { training: { optimizer: { kind: 'momentum', momentum: 1 } } }],
    [false, { training: { gradientClip: 0 } }],
    [false, { training: { epochs: true } }],
    [false, { engine: { threads: 1025 } }],
  ])('says %s as zod does: %j', async (taken, value) => {
    expect(isTaken(value)).toBe(taken);
    expect((await editor.problems(JSON.stringify(value))).length === 0).toBe(taken);
  });

  it('tells of a key of another kind at that key', async () => {
    const text = '{"training": {"schedule": {"kind": "linear", "divisor": 2, "endFraction": 3}}}';
    expect(await editor.problems(text)).toEqual([
      '3: Value is above the maximum of 1.',
      '"divisor": Property divisor is not allowed.',
    ]);
  });
});

describe('the schema for the editor', () => {
  const editor = editorWith(withoutChecks(strict));

  it('finds fault with nothing, so that nothing is told twice', async () => {
    const text =
      '{"prest": 1, "model": {"cell": 3, "layers": 99}, "corpus": 2, "training": {"schedule": {"kind": 3}, "optimizer": {"kind": "sgd", "beta1": 7}}}';
    expect(await editor.problems(text)).toEqual([]);
  });

  it.each([
    ['{|}', ['$schema', 'name', 'preset', 'seed', 'corpus', 'model', 'training', 'evaluation', 'engine']],
    ['{"preset": |}', presetNames.map((name) => `"${name}"`)],
    ['{"training": {"schedule": |}}', ['constant', 'stepDecay', 'linear', 'cosine', 'plateau']],
    ['{"training": {"schedule": {|}}}', ['kind']],
    ['{"training": {"schedule": {"kind": "linear", |}}}', ['holdFraction', 'endFraction']],
    ['{"training": {"optimizer": {"kind": "momentum", |}}}', ['momentum']],
    ['|', ['Experiment']],
  ])('offers at %s', async (text, expected) => {
    expect(labels(await editor.offers(text))).toEqual(expected);
  });

  it('offers the values of a list, and opens it with the key', async () => {
    const quoted = cellIds.map((id) => `"${id}"`).sort();
    expect(labels(await editor.offers('{"model": {"cell": |}}')).sort()).toEqual(quoted);
    const cell = (await editor.offers('{"model": {|}}')).find(({ label }) => label === 'cell');
    expect(cell?.command?.command).toBe('editor.action.triggerSuggest');
  });

  it('explains a key: what it is, may be, and its default', async () => {
    const layers = await editor.explains('{"model": {"lay|ers": 3}}');
    expect(layers).toBe(
      'Number of stacked recurrent layers.\n\nExpected: a whole number from 1 to 16.  \nDefault: `2`, `1` with `demo`.',
    );
    expect(await editor.explains('{"model": {"cell": "g|ru"}}')).toContain('Gated recurrent unit');
    const divisor = await editor.explains('{"training": {"schedule": {"kind": "stepDecay", "div|isor": 2}}}');
    expect(divisor).toContain('Default: `2` with `small`, `1.25` with `medium`');
  });
});
