import { z } from 'zod';

import { expectedInWords } from './keys.ts';
import { meanings, sections } from './meanings.ts';
import { presetNames, presets } from './presets.ts';
import { configurationSchema } from './schema.ts';

/**
 * What `"$schema"` says in a configuration file. The extension answers it from its own package, so that it is the same on
 * every machine and needs no network; that VS Code asks for it is also what wakes the extension.
 */
export const schemaAddress = 'sequence-lab://schemas/configuration.json';

/** JSON schema (draft 7) with the keywords that VS Code's JSON editor adds to it. */
export interface EditorSchema {
  [keyword: string]: unknown;
  readonly $schema?: string;
  readonly title?: string;
  readonly description?: string;
  readonly markdownDescription?: string;
  readonly type?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly enumDescriptions?: readonly string[];
  readonly properties?: Readonly<Record<string, EditorSchema>>;
  readonly allOf?: readonly EditorSchema[];
  readonly anyOf?: readonly EditorSchema[];
  readonly if?: EditorSchema;
  readonly then?: EditorSchema;
  readonly defaultSnippets?: readonly Snippet[];
}

interface Snippet {
  readonly label: string;
  readonly description: string;
  readonly body: unknown;
}

type JsonSchema = z.core.JSONSchema.JSONSchema;

/**
 * The schema of a configuration file: what a person writes, so that all may be left out. It refuses every value that is
 * wrong by itself. What is wrong only beside other values (a path that the kind of corpus needs, a key that belongs to
 * another kind than the preset's) it cannot say: `checkConfiguration` does.
 */
export function configurationJsonSchema(): EditorSchema {
  const { properties, additionalProperties } = z.toJSONSchema(configurationSchema, { io: 'input', target: 'draft-7' });
  const { preset: _, name, ...others } = withoutBooleans(properties);
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    $id: schemaAddress,
    title: 'Sequence Lab configuration',
    description: sections[''],
    type: 'object',
    properties: {
      $schema: { type: 'string', default: schemaAddress, description: 'The schema that an editor checks this file by.' },
      name: { ...leaf(name ?? {}, 'name'), pattern: '\\S' },
      preset: presetSchema(),
      ...propertiesOf({ properties: others }, ''),
    },
    additionalProperties,
    defaultSnippets: [wholeFile()],
  };
}

function presetSchema(): EditorSchema {
  const text = 'The recipe to start from: it fills in every key that this file leaves out.';
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

function propertiesOf(schema: JsonSchema, path: string): Record<string, EditorSchema> {
  const entries = Object.entries(withoutBooleans(schema.properties)).map(([name, child]) => {
    const childPath = path === '' ? name : `${path}.${name}`;
    return [name, schemaOf(child, childPath)] as const;
  });
  return Object.fromEntries(entries);
}

function schemaOf(schema: JsonSchema, path: string): EditorSchema {
  if (schema.oneOf !== undefined) return union(schema, path);
  if (schema.properties === undefined) return leaf(schema, path);
  return {
    description: sections[path],
    markdownDescription: sections[path],
    type: 'object',
    default: {},
    properties: propertiesOf(schema, path),
    additionalProperties: false,
  };
}

/** A single value, with its words for a hover: what it is, what it may be, and what it is when nothing is said. */
function leaf(schema: JsonSchema, path: string): EditorSchema {
  const { description = '', default: start, maximum, ...rest } = schema;
  const facts = [`Expected: ${expectedInWords(schema)}.`, ...startsOf(path, start)];
  return {
    description,
    markdownDescription: `${description}\n\n${facts.join('  \n')}`,
    ...(start !== undefined && { default: start }),
    ...rest,
    // zod's limit of a whole number says nothing to a person.
    ...(maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER && { maximum }),
    ...enumWords(schema.enum, path),
  };
}

function enumWords(values: JsonSchema['enum'], path: string): EditorSchema {
  const words = meanings[path];
  return values === undefined || words === undefined
    ? {}
    : { enumDescriptions: values.map((value) => words[String(value)] ?? '') };
}

/** The value when nothing is said, and under the presets that say something else. */
function startsOf(path: string, start: unknown): string[] {
  const others = presetNames.flatMap((name) => {
    let value: unknown = presets[name].configuration;
    for (const key of path.split('.'))
      value = typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
    return value === undefined || value === start ? [] : [`\`${JSON.stringify(value)}\` with \`${name}\``];
  });
  if (start !== undefined) others.unshift(`\`${JSON.stringify(start)}\``);
  return others.length === 0 ? [] : [`When nothing is said: ${others.join(', ')}.`];
}

/**
 * An object with a `kind`, as one condition a kind. VS Code tells of a fault in `oneOf` only that nothing fits, or what
 * is wrong with one kind that it guesses; a condition is about the kind that stands there. The kind may be left out:
 * then it is the preset's, and keys of every kind may stand there.
 */
function union(schema: JsonSchema, path: string): EditorSchema {
  const variants = (schema.oneOf ?? []).filter((variant) => typeof variant !== 'boolean');
  const kinds = variants.map((variant) => ({ ...kindOf(variant), properties: propertiesOf(variant, path) }));
  const description = schema.description ?? '';
  const kind: EditorSchema = {
    description,
    markdownDescription: `${description}\n\n${kinds.map(({ name, meaning }) => `\`${name}\`: ${meaning}`).join('  \n')}`,
    type: 'string',
    enum: kinds.map(({ name }) => name),
    enumDescriptions: kinds.map(({ meaning }) => meaning),
  };
  const conditions = kinds.map(({ name, properties }) => ({
    if: { properties: { kind: { const: name } }, required: ['kind'] },
    then: { properties: { ...properties, kind: {} }, additionalProperties: false },
  }));
  const whatever = Object.assign({}, ...kinds.map(({ properties }) => properties)) as Record<string, EditorSchema>;
  for (const [name, property] of Object.entries(whatever)) whatever[name] = { ...property, doNotSuggest: true };
  return {
    description,
    markdownDescription: kind.markdownDescription,
    ...(schema.default !== undefined && { default: schema.default }),
    type: 'object',
    properties: { kind },
    allOf: [
      ...conditions,
      {
        if: { not: { required: ['kind'] } },
        then: { properties: { ...whatever, kind: {} }, additionalProperties: false },
      },
    ],
    defaultSnippets: kinds.map(({ name, meaning, properties }) => ({
      label: name,
      description: meaning,
      body: { kind: name, ...startingValues(properties) },
    })),
  };
}

function kindOf({ properties }: JsonSchema): { name: string; meaning: string } {
  const kind = properties?.['kind'];
  if (typeof kind !== 'object') throw new Error('a kind of a union has no key "kind"');
  return { name: String(kind.const), meaning: kind.description ?? '' };
}

/** Each key of a kind with a value to type over. A caret tells VS Code that the text stands for something else. */
function startingValues(properties: Readonly<Record<string, EditorSchema>>): Record<string, string> {
  const own = Object.entries(properties).filter(([name]) => name !== 'kind');
  return Object.fromEntries(
    own.map(([name, { default: start, minimum }], index) => {
      const value = JSON.stringify(start ?? minimum ?? 0);
      return [name, `^\${${index + 1}:${value}}`];
    }),
  );
}

/** Keywords that tell an editor what to offer and to explain; all others are checks. */
const offering = new Set([
  ...['$schema', '$id', 'title', 'description', 'markdownDescription', 'default', 'defaultSnippets', 'doNotSuggest'],
]);
const ofValues = ['type', 'enum', 'enumDescriptions', 'anyOf'];

/**
 * The schema without its checks: for completion and hover in VS Code, where our own diagnostics name every problem, with
 * what was probably meant. With the checks, each would be told twice, and once in worse words.
 */
export function withoutChecks(schema: EditorSchema): EditorSchema {
  const kept = Object.fromEntries(Object.entries(schema).filter(([keyword]) => offering.has(keyword)));
  const { properties, allOf, then } = schema;
  const values = Object.fromEntries(ofValues.filter((name) => name in schema).map((name) => [name, schema[name]]));
  return {
    ...kept,
    ...(properties !== undefined && {
      properties: Object.fromEntries(Object.entries(properties).map(([name, child]) => [name, withoutChecks(child)])),
    }),
    ...(allOf !== undefined && { allOf: allOf.map(withoutChecks) }),
    ...(schema.if !== undefined && then !== undefined && { if: schema.if, then: withoutChecks(then) }),
    // What the value may be is still offered, beside anything else.
    ...(properties === undefined && allOf === undefined && then === undefined && { anyOf: [values, {}] }),
  };
}
