import { dirname, resolve } from 'node:path';

import type { z } from 'zod';

import { ConfigurationError } from '../util/errors.ts';
import { JsonError, lineAndColumn, parseJson } from '../util/json.ts';
import { nearest } from '../util/nearest.ts';
import { configurationKeys } from './keys.ts';
import { forbiddenPath, isValues, mergeLayers, type Layer, type Merged, type Values } from './layers.ts';
import { Places } from './places.ts';
import { isPresetName, presetNames, presets } from './presets.ts';
import { inOneLine, isSaid, problemsOf, said, type ConfigurationProblem } from './problems.ts';
import { runName } from './runName.ts';
import { configurationSchema, type Configuration, type ConfigurationInput } from './schema.ts';

/** An object of which every part may be left out or undefined. */
export type Partially<T> = T extends object ? { readonly [K in keyof T]?: Partially<T[K]> | undefined } : T;

export interface ConfigurationSources {
  /** Under all others, the preset too: what the user's settings say. */
  readonly defaults?: Partially<ConfigurationInput> | undefined;
  /** The name of a preset; it wins over the one that the file names. */
  readonly preset?: string | undefined;
  /** A configuration file: where it is, for messages and for a relative `corpus.path`, and its JSON text. */
  readonly file?: { readonly path: string; readonly text: string } | undefined;
  /** Values that options of the command line stand for (`--epochs 3`). */
  readonly values?: Partially<ConfigurationInput> | undefined;
  /** `key.path=value` of each `--set`, in order. The value is JSON, or a text where it is not. */
  readonly overrides?: readonly string[] | undefined;
}

/**
 * The whole configuration of a run: defaults < preset < file < values < overrides, checked, with every default filled in;
 * where none of them has a name, it is made of the text and the preset.
 *
 * A file may name `"preset"` and may have `"$schema"`. A relative `corpus.path` of a file is taken from the file's folder.
 *
 * @throws ConfigurationError that lists every problem, one a line: where it stands, the key, what was expected, what came
 */
export function resolveConfiguration(sources: ConfigurationSources): Configuration {
  const checked = checkConfiguration(sources);
  if (checked.configuration !== undefined) return checked.configuration;
  throw configurationError(linesOf(checked.problems, sources.file));
}

export type CheckedConfiguration =
  | { readonly configuration: Configuration; readonly problems?: undefined }
  | { readonly configuration?: undefined; readonly problems: readonly ConfigurationProblem[] };

/** As `resolveConfiguration`, for one who shows the problems each in its place. */
export function checkConfiguration(sources: ConfigurationSources): CheckedConfiguration {
  const problems: ConfigurationProblem[] = [];
  const layers: Layer[] = [
    ...fileLayer(sources.file, problems),
    ...(sources.preset === undefined ? [] : [{ source: '--preset', values: { preset: sources.preset } }]),
    ...(sources.values === undefined ? [] : [{ source: 'options', values: { ...sources.values } }]),
    ...overrideLayer(sources.overrides ?? [], problems),
  ];
  // A file that cannot be read would make what the others say look wrong: its problem is enough.
  const isUnread = problems.length > 0;
  const preset = presetLayer(layers, problems);
  if (isUnread) return { problems };

  const defaults = sources.defaults === undefined ? [] : [{ source: 'settings', values: { ...sources.defaults } }];
  const merged = mergeLayers([...defaults, ...preset, ...layers]);
  const result = configurationSchema.safeParse(merged.values);
  const found = result.success ? [] : problemsOf(result.error.issues, merged);
  // What is not said, the preset that was meant may say.
  const certain = (one: ConfigurationProblem): boolean => one.path[0] !== 'preset' && isSaid(one, merged);
  problems.push(...(problems.length === 0 ? found : found.filter(certain)));
  return result.success && problems.length === 0 ? { configuration: named(result.data, merged) } : { problems };
}

/** A run that nobody has named is named after its text and its preset. */
function named(configuration: Configuration, { values }: Merged): Configuration {
  if (values['name'] !== undefined) return configuration;
  return { ...configuration, name: runName(configuration.corpus, configuration.preset) ?? configuration.name };
}

/** The problems as a person reads them in a terminal, those of the file with line and column. */
function linesOf(problems: readonly ConfigurationProblem[], file: ConfigurationSources['file']): string[] {
  const places = file === undefined ? undefined : new Places(file.text);
  return problems.map((problem) => {
    const isOfFile = problem.source === file?.path && problem.fault === undefined && problem.path.length > 0;
    const offset = isOfFile ? places?.of(problem).offset : undefined;
    if (file === undefined || offset === undefined) return inOneLine(problem);
    const { line, column } = lineAndColumn(file.text, offset);
    return inOneLine(problem, `:${line}:${column}`);
  });
}

/**
 * A configuration as a run folder has it. Keys that this version does not know, written by a newer one, are left out and
 * named in `unknownKeys`: harmless for showing a run, a reason not to continue it.
 *
 * @throws ConfigurationError where a key that this version knows is wrong
 */
export function readStoredConfiguration(read: unknown): { configuration: Configuration; unknownKeys: string[] } {
  const unknownKeys: string[] = [];
  const stored = asWrittenNow(read);
  let result = configurationSchema.safeParse(stored);
  if (!result.success) {
    const values: unknown = structuredClone(stored);
    for (const issue of result.error.issues) unknownKeys.push(...dropUnknownKeys(values, issue));
    result = configurationSchema.safeParse(values);
  }
  if (result.success) return { configuration: result.data, unknownKeys };
  const problems = problemsOf(
    result.error.issues,
    mergeLayers([{ source: '', values: isValues(stored) ? stored : {} }]),
  );
  throw configurationError(problems.map((problem) => inOneLine({ ...problem, source: undefined })));
}

/** Before optimisers had keys of their own, an optimiser was the text of its kind. */
function asWrittenNow(stored: unknown): unknown {
  if (!isValues(stored)) return stored;
  const training = stored['training'];
  if (!isValues(training) || typeof training['optimizer'] !== 'string') return stored;
  return { ...stored, training: { ...training, optimizer: { kind: training['optimizer'] } } };
}

function dropUnknownKeys(values: unknown, issue: z.core.$ZodIssue): string[] {
  if (issue.code !== 'unrecognized_keys') return [];
  let level = values;
  for (const name of issue.path) level = isValues(level) ? level[String(name)] : undefined;
  if (!isValues(level)) return [];
  for (const key of issue.keys) Reflect.deleteProperty(level, key);
  return issue.keys.map((key) => [...issue.path, key].join('.'));
}

function configurationError(problems: readonly string[]): ConfigurationError {
  if (problems.length === 1) return new ConfigurationError(String(problems[0]));
  return new ConfigurationError(`${problems.length} problems in the configuration:\n  ${problems.join('\n  ')}`);
}

/** The layer under all others. Which preset counts is as with every other key: the highest layer that names one. */
function presetLayer(layers: readonly Layer[], problems: ConfigurationProblem[]): Layer[] {
  const naming = layers.findLast(({ values }) => values['preset'] !== undefined);
  if (naming === undefined) return [];
  const name = naming.values['preset'];
  if (typeof name === 'string' && isPresetName(name)) {
    return [{ source: `preset ${name}`, values: { ...presets[name].configuration, preset: name } }];
  }
  const near = typeof name === 'string' ? nearest(name, presetNames) : undefined;
  const advice = near === undefined ? '' : `; did you mean ${near}?`;
  const message = `expected one of ${presetNames.join(', ')}, got ${said(name)}${advice}`;
  // The option --preset is a source and the key in one.
  const path = naming.source === '--preset' ? [] : ['preset'];
  problems.push({ path, about: 'value', message, source: naming.source });
  return [];
}

function fileLayer(file: ConfigurationSources['file'], problems: ConfigurationProblem[]): Layer[] {
  if (file === undefined) return [];
  const values = parseFile(file.path, file.text, problems);
  if (values === undefined) return [];
  const own = Object.fromEntries(Object.entries(values).filter(([name]) => name !== '$schema'));
  return [{ source: file.path, values: withAbsoluteCorpus(own, dirname(file.path)) }];
}

function parseFile(source: string, text: string, problems: ConfigurationProblem[]): Values | undefined {
  let values: unknown;
  try {
    values = parseJson(text);
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    const { message, fault } = error;
    problems.push({ path: [], about: 'value', message: `not valid JSON: ${message}`, source, fault });
    return undefined;
  }
  const refused = forbiddenPath(values);
  if (refused === undefined && isValues(values)) return values;
  problems.push(
    refused === undefined
      ? {
          path: [],
          about: 'value',
          message: `expected an object with the configuration's keys, got ${said(values)}`,
          source,
        }
      : { path: refused, about: 'key', message: neverAKey, source },
  );
  return undefined;
}

const neverAKey = 'this name cannot be a key; remove it';

/** Whoever moves a file together with its corpus, or reads it from another folder, means the same corpus. */
function withAbsoluteCorpus(values: Values, folder: string): Values {
  const corpus = values['corpus'];
  if (!isValues(corpus) || typeof corpus['path'] !== 'string' || corpus['path'] === '') return values;
  return { ...values, corpus: { ...corpus, path: resolve(folder, corpus['path']) } };
}

/** All `--set` together are one layer, so that their order does not decide which keys a change of kind drops. */
function overrideLayer(overrides: readonly string[], problems: ConfigurationProblem[]): Layer[] {
  let values: Values = {};
  for (const override of overrides) {
    const equals = override.indexOf('=');
    const names = override
      .slice(0, Math.max(equals, 0))
      .split('.')
      .map((name) => name.trim());
    if (equals < 0 || names.includes('')) {
      problems.push(wrongOverride(override, 'expected key.path=value, such as training.epochs=3'));
      continue;
    }
    const value = overrideValue(names.join('.'), override.slice(equals + 1));
    const layer = Object.fromEntries([[names[0] ?? '', nested(names.slice(1), value)]]);
    const refused = forbiddenPath(layer);
    if (refused === undefined) values = mergePlainly(values, layer);
    else problems.push(wrongOverride(override, `${refused.join('.')}: ${neverAKey}`));
  }
  return overrides.length === 0 ? [] : [{ source: '--set', values }];
}

function wrongOverride(override: string, message: string): ConfigurationProblem {
  return { path: [], about: 'value', message, source: `--set ${override}` };
}

function overrideValue(path: string, text: string): unknown {
  const isText = configurationKeys().some((key) => key.path === path && key.isText);
  let value: unknown;
  try {
    value = parseJson(text);
  } catch {
    return text;
  }
  return isText && typeof value !== 'string' ? text : value;
}

function nested(names: readonly string[], value: unknown): unknown {
  return names.reduceRight<unknown>((inner, name) => Object.fromEntries([[name, inner]]), value);
}

function mergePlainly(below: Values, above: Values): Values {
  const merged: Record<string, unknown> = { ...below };
  for (const [name, value] of Object.entries(above)) {
    const under = merged[name];
    merged[name] = isValues(value) && isValues(under) ? mergePlainly(under, value) : value;
  }
  return merged;
}
