import * as z from 'zod';

import { schemaAddress, type EditorSchema, type Snippet } from './editorSchema.ts';
import { describeExpected } from './keys.ts';
import { isValues } from './layers.ts';
import { meanings, sections } from './meanings.ts';
import { presetNames, presets } from './presets.ts';
import { configurationSchema } from './schema.ts';

type JsonSchema = z.core.JSONSchema.JSONSchema;

/**
 * The schema of a configuration file: what a person writes, so that all may be left out. It refuses every value that is
 * wrong by itself. What is wrong only beside other values (a path that the kind of corpus needs, a key that belongs to
 * another kind than the preset's) it cannot say: `checkConfiguration` does.
 */
export function configurationJsonSchema(): EditorSchema {
  const ofSchema = propertiesOf(z.toJSONSchema(configurationSchema, { io: 'input', target: 'draft-7' }), '');
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    $id: schemaAddress,
    title: 'Sequence Lab configuration',
    ...about(''),
    type: 'object',
    properties: {
      $schema: {
        type: 'string',
        default: schemaAddress,
        description: 'The schema that an editor checks this file by.',
      },
      ...ofSchema,
      name: { ...ofSchema['name'], pattern: '\\S' },
      preset: presetSchema(),
    },
    additionalProperties: false,
    defaultSnippets: [wholeFile()],
  };
}

/** The text of `media/seqlab.schema.json`. */
export function schemaText(): string {
  return `${JSON.stringify(configurationJsonSchema(), null, 2)}\n`;
}

function presetSchema(): EditorSchema {
  const text = 'The preset to start from: it supplies every key that this file leaves out.';
  return {
    description: text,
    markdownDescription: text,
    type: 'string',
    enum: presetNames,
    enumDescriptions: presetNames.map((name) => presets[name].description),
  };
}

function wholeFile(): Snippet {
  return {
    label: 'Experiment',
    description: 'A configuration that starts from a preset.',
    body: {
      $schema: schemaAddress,
      name: '${1:experiment}',
      preset: `\${2|${presetNames.join(',')}|}`,
      corpus: { kind: '${3|builtin,ptb,folder,file|}' },
    },
  };
}

function withoutBooleans(properties: JsonSchema['properties']): Record<string, JsonSchema> {
  const entries = Object.entries(properties ?? {});
  return Object.fromEntries(entries.filter((entry): entry is [string, JsonSchema] => typeof entry[1] !== 'boolean'));
}

function propertiesOf(schema: JsonSchema, path: string, kind?: string): Record<string, EditorSchema> {
  const entries = Object.entries(withoutBooleans(schema.properties)).map(([name, child]) => {
    const childPath = path === '' ? name : `${path}.${name}`;
    return [name, schemaOf(child, childPath, kind)] as const;
  });
  return Object.fromEntries(entries);
}

function schemaOf(schema: JsonSchema, path: string, kind?: string): EditorSchema {
  if (schema.oneOf !== undefined) return union(schema, path);
  if (schema.properties === undefined) return leaf(schema, path, kind);
  return {
    ...about(path),
    type: 'object',
    default: {},
    properties: propertiesOf(schema, path),
    additionalProperties: false,
  };
}

function about(path: string): EditorSchema {
  const description = sections[path] ?? '';
  return { description, markdownDescription: description };
}

/** A single value, with its words for a hover: what it is, what it may be, and its default. */
function leaf(schema: JsonSchema, path: string, kind?: string): EditorSchema {
  const { description = '', default: start, maximum } = schema;
  const checks = Object.entries(schema).filter(([keyword]) => keyword !== 'maximum' && keyword !== 'default');
  const facts = [`Expected: ${describeExpected(schema)}.`, ...describeStart(start, inPresets(path, kind))];
  return {
    description,
    markdownDescription: `${inMarkdown(description)}\n\n${facts.join('  \n')}`,
    ...(start !== undefined && { default: start }),
    ...Object.fromEntries(checks),
    // zod's limit of a whole number says nothing to a person.
    ...(maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER && { maximum }),
    ...enumWords(schema.enum, path),
  };
}

/** The vocabulary's <unk> is no tag. */
function inMarkdown(text: string): string {
  return text.replaceAll('<', '\\<');
}

function enumWords(values: JsonSchema['enum'], path: string): EditorSchema {
  const words = meanings[path];
  return values === undefined || words === undefined
    ? {}
    : { enumDescriptions: values.map((value) => words[String(value)] ?? '') };
}

/** What the presets say for a key. Of a key that belongs to a kind: those of the same kind. */
function inPresets(path: string, kind?: string): { name: string; value: unknown }[] {
  const names = path.split('.');
  return presetNames.flatMap((name) => {
    const around = valueAt(presets[name].configuration, names.slice(0, -1));
    if (kind !== undefined && valueAt(around, ['kind']) !== kind) return [];
    const value = valueAt(around, names.slice(-1));
    return value === undefined ? [] : [{ name, value }];
  });
}

function valueAt(values: unknown, names: readonly string[]): unknown {
  return names.reduce((value, name) => (isValues(value) ? value[name] : undefined), values);
}

function describeStart(start: unknown, said: readonly { name: string; value: unknown }[]): string[] {
  const others = said.filter(({ value }) => value !== start);
  const words = others.map(({ name, value }) => `\`${JSON.stringify(value)}\` with \`${name}\``);
  if (start !== undefined) words.unshift(`\`${JSON.stringify(start)}\``);
  return words.length === 0 ? [] : [`Default: ${words.join(', ')}.`];
}

/**
 * An object with a `kind`, as one condition a kind. VS Code tells of a fault in `oneOf` only that nothing fits, or what
 * is wrong with one kind that it guesses; a condition is about the kind that stands there. The kind may be left out:
 * then it is the preset's, and keys of every kind may stand there.
 */
function union(schema: JsonSchema, path: string): EditorSchema {
  const kinds = (schema.oneOf ?? [])
    .filter((variant) => typeof variant !== 'boolean')
    .map((variant) => {
      const kind = kindOf(variant);
      return { ...kind, properties: propertiesOf(variant, path, kind.name) };
    });
  const description = schema.description ?? '';
  const conditions = kinds.map(({ name, properties }) => ({
    if: { properties: { kind: { const: name, doNotSuggest: true } }, required: ['kind'] },
    then: { properties: { ...properties, kind: true as const }, additionalProperties: false },
  }));
  const ofAnyKind = Object.fromEntries(
    kinds
      .flatMap(({ properties }) => Object.entries(properties))
      .map(([name, property]) => [name, { description: property.description, doNotSuggest: true }]),
  );
  return {
    description,
    markdownDescription: `${description}\n\n${kinds.map(({ name, meaning }) => `\`${name}\`: ${meaning}`).join('  \n')}`,
    type: 'object',
    properties: {
      kind: {
        description,
        type: 'string',
        enum: kinds.map(({ name }) => name),
        enumDescriptions: kinds.map(({ meaning }) => meaning),
      },
    },
    allOf: [
      ...conditions,
      {
        if: { not: { required: ['kind'] } },
        then: { properties: { ...ofAnyKind, kind: true }, additionalProperties: false },
      },
    ],
    defaultSnippets: kinds.map(({ name, meaning, properties }) => ({
      label: name,
      description: meaning,
      body: { kind: name, ...startingValues(properties, path, name) },
    })),
  };
}

function kindOf({ properties }: JsonSchema): { name: string; meaning: string } {
  const kind = properties?.['kind'];
  if (typeof kind !== 'object') throw new Error('a kind of a union has no key "kind"');
  return { name: String(kind.const), meaning: kind.description ?? '' };
}

/** Each key of a kind with a value to type over, a preset's if one has it. A caret: what follows is no text. */
function startingValues(properties: Readonly<Record<string, EditorSchema>>, path: string, kind: string) {
  const own = Object.entries(properties).filter(([name]) => name !== 'kind');
  return Object.fromEntries(
    own.map(([name, { default: start }], index) => {
      const value = inPresets(`${path}.${name}`, kind)[0]?.value ?? start;
      return [name, `^\${${index + 1}:${JSON.stringify(value)}}`];
    }),
  );
}
