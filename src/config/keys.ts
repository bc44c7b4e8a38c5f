import * as z from 'zod';

import { slipDistance } from '../util/nearest.ts';
import { configurationSchema } from './schema.ts';

/** One key of the configuration, as the schema has it. */
export interface ConfigurationKey {
  /** The dotted path: `training.learningRate`. */
  readonly path: string;
  readonly description: string;
  /** What it may be, in words: `a whole number from 1 to 16`. */
  readonly expected: string;
  /** The default; undefined for a key that has none. */
  readonly default?: unknown;
  /** The kind of the object around it that this key belongs to, where each kind has keys of its own. */
  readonly onlyWithKind?: string;
  /** Whether the value is a text, so that `--set name=2024` need not be quoted. */
  readonly isText: boolean;
}

type JsonSchema = z.core.JSONSchema.JSONSchema;

/** Every key of the configuration in the schema's order, for help texts and messages. */
export function configurationKeys(): readonly ConfigurationKey[] {
  keys ??= [...keysOf(z.toJSONSchema(configurationSchema, { io: 'input' }), '')];
  return keys;
}

let keys: readonly ConfigurationKey[] | undefined;

function* keysOf(schema: JsonSchema, path: string, onlyWithKind?: string): Generator<ConfigurationKey> {
  for (const [name, child] of Object.entries(schema.properties ?? {})) {
    if (typeof child === 'boolean') continue;
    const childPath = path === '' ? name : `${path}.${name}`;
    const variants = child.oneOf?.filter((variant) => typeof variant !== 'boolean');
    if (variants !== undefined) yield* keysOfVariants(child, variants, childPath);
    else if (child.properties !== undefined) yield* keysOf(child, childPath);
    else yield leaf(child, childPath, onlyWithKind);
  }
}

/** An object with a `kind`: the kind once, with all that it may be, then what each kind has of its own. */
function* keysOfVariants(
  union: JsonSchema,
  variants: readonly JsonSchema[],
  path: string,
): Generator<ConfigurationKey> {
  const kinds = variants.map((variant) => ({ variant, kind: kindSchema(variant) }));
  const meanings = kinds.map(({ kind }) => `${String(kind?.const)}: ${kind?.description ?? ''}`);
  yield {
    path: `${path}.kind`,
    description: `${union.description ?? ''} ${meanings.join(' ')}`.trim(),
    expected: oneOf(kinds.map(({ kind }) => kind?.const)),
    isText: true,
  };
  for (const { variant, kind } of kinds) {
    const own = keysOf(variant, path, String(kind?.const));
    for (const key of own) if (key.path !== `${path}.kind`) yield key;
  }
}

function kindSchema(variant: JsonSchema): JsonSchema | undefined {
  const kind = variant.properties?.['kind'];
  return typeof kind === 'object' ? kind : undefined;
}

function leaf(schema: JsonSchema, path: string, onlyWithKind?: string): ConfigurationKey {
  return {
    path,
    description: schema.description ?? '',
    expected: describeExpected(schema),
    isText: schema.type === 'string',
    ...(schema.default !== undefined && { default: schema.default }),
    ...(onlyWithKind !== undefined && { onlyWithKind }),
  };
}

/** What a value may be, in words: `a whole number from 1 to 16`. */
export function describeExpected(schema: JsonSchema): string {
  if (schema.anyOf !== undefined)
    return schema.anyOf.map((one) => (typeof one === 'boolean' ? 'anything' : describeExpected(one))).join(', or ');
  if (schema.enum !== undefined) return oneOf(schema.enum);
  if (schema.const !== undefined) return oneOf([schema.const]);
  switch (schema.type) {
    case 'integer':
      return `a whole number${range(schema)}`;
    case 'number':
      return `a number${range(schema)}`;
    case 'boolean':
      return 'true or false';
    case 'null':
      return 'null';
    case 'array':
      return `a list in which each is ${describeExpected(itemSchema(schema))}`;
    case 'string':
      if (schema.maxLength !== undefined)
        return `a string of ${schema.minLength ?? 0} to ${schema.maxLength} characters`;
      return schema.minLength === undefined ? 'a string' : 'a non-empty string';
    default:
      return 'a value of another type';
  }
}

function itemSchema({ items }: JsonSchema): JsonSchema {
  return typeof items === 'object' && !Array.isArray(items) ? items : {};
}

function oneOf(values: readonly unknown[]): string {
  const texts = values.map((value) => JSON.stringify(value));
  return texts.length === 1 ? String(texts[0]) : `one of ${texts.join(', ')}`;
}

function range({ minimum, exclusiveMinimum, maximum }: JsonSchema): string {
  const highest = maximum === undefined || maximum >= Number.MAX_SAFE_INTEGER ? undefined : maximum;
  if (minimum !== undefined) return highest === undefined ? `, at least ${minimum}` : ` from ${minimum} to ${highest}`;
  if (exclusiveMinimum === undefined) return highest === undefined ? '' : `, at most ${highest}`;
  return ` greater than ${exclusiveMinimum}${highest === undefined ? '' : ` and at most ${highest}`}`;
}

/** The names that stand directly under a path ('' for the top), without those of another kind than `kind`. */
export function namesUnder(path: string, kind?: unknown): readonly string[] {
  const start = path === '' ? '' : `${path}.`;
  const names = configurationKeys()
    .filter((key) => key.path.startsWith(start))
    .filter((key) => key.onlyWithKind === undefined || kind === undefined || key.onlyWithKind === kind)
    .map((key) => key.path.slice(start.length).split('.')[0] ?? '');
  return [...new Set(names)];
}

/** Every path that can be written: the keys and the objects around them. */
function writablePaths(): readonly string[] {
  const paths = configurationKeys().flatMap(({ path }) => {
    const names = path.split('.');
    return names.map((_, index) => names.slice(0, index + 1).join('.'));
  });
  return [...new Set(paths)];
}

/**
 * The paths that were probably meant by an unknown key: of its own level where one is near, else anywhere (`hiddenSize`
 * at the top is `model.hiddenSize`). More than one where several are equally near.
 */
export function pathsMeantBy(name: string, level: string, kind?: unknown): readonly string[] {
  const start = level === '' ? '' : `${level}.`;
  const siblings = new Set(namesUnder(level, kind).map((sibling) => start + sibling));
  const found = writablePaths().flatMap((path) => {
    const lastName = path.slice(path.lastIndexOf('.') + 1);
    const distances = [slipDistance(name, lastName), slipDistance(name, path), slipDistance(start + name, path)];
    const near = distances.filter((distance) => distance !== undefined);
    // Half a letter in favour of the same level: `step` under evaluation is evaluation.steps, not training.steps.
    return near.length === 0 ? [] : [{ path, distance: Math.min(...near) + (siblings.has(path) ? 0 : 0.5) }];
  });
  const least = Math.min(...found.map(({ distance }) => distance));
  return found.filter(({ distance }) => distance === least).map(({ path }) => path);
}
