import type { z } from 'zod';

import type { JsonFault } from '../util/json.ts';
import { configurationKeys, namesUnder, pathsMeantBy } from './keys.ts';
import { isValues, type Merged } from './layers.ts';

/** Something that is wrong with a configuration. */
export interface ConfigurationProblem {
  /** The key that it is about; empty for the whole. */
  readonly path: readonly string[];
  /** Whether the key itself is wrong, or what stands there. */
  readonly about: 'key' | 'value';
  /** What is wrong and what was expected, without where. */
  readonly message: string;
  /** The layer that it comes from, as messages name it; undefined for what no layer said. */
  readonly source: string | undefined;
  /** For a text that cannot be read: where. */
  readonly fault?: JsonFault;
}

/** A value as a message shows it: short, and a text in quotes. */
export function said(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'number' || typeof value === 'boolean' || value === null) return String(value);
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'an object';
  const text = JSON.stringify(value) ?? typeof value;
  return `the string ${text.length > 60 ? `${text.slice(0, 60)}…"` : text}`;
}

/** What the schema found. */
export function problemsOf(issues: readonly z.core.$ZodIssue[], merged: Merged): ConfigurationProblem[] {
  // A check across keys means little while one of the keys is misspelt.
  const misspelt = issues.filter((issue) => issue.code === 'unrecognized_keys').map((issue) => issue.path.join('.'));
  const isAbout = (path: readonly PropertyKey[], inner: readonly PropertyKey[]) =>
    path.length <= inner.length && path.every((name, index) => name === inner[index]);
  const others = issues.filter((issue) => issue.code !== 'custom');
  return (
    issues
      .filter((issue) => issue.code !== 'custom' || !misspelt.includes(issue.path.slice(0, -1).join('.')))
      // Nor does it while what it is about is wrong by itself.
      .filter((issue) => issue.code !== 'custom' || !others.some(({ path }) => isAbout(issue.path, path)))
      .flatMap((issue): ConfigurationProblem[] => {
        const path = issue.path.map(String);
        if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey([...path, key], merged));
        const message = issue.code === 'custom' ? issue.message : wrongValue(path, merged);
        return [{ path, about: 'value', message, source: merged.sourceOf(path) }];
      })
  );
}

/**
 * A problem on one line: the layer that it comes from, the key path, what was expected and what came.
 *
 * @param where the line and column in the file that the problem comes from: `:3:14`
 */
export function inOneLine({ path, message, source }: ConfigurationProblem, where = ''): string {
  const start = source === undefined ? '' : source === '--set' ? '--set ' : `${source}${where}: `;
  return `${start}${path.length === 0 ? '' : `${path.join('.')}: `}${message}`;
}

/** Whether anything stands at a path. */
export function isSaid({ path }: ConfigurationProblem, merged: Merged): boolean {
  return valueAt(path, merged) !== undefined;
}

function valueAt(path: readonly string[], merged: Merged): unknown {
  let value: unknown = merged.values;
  for (const name of path) {
    if (Array.isArray(value)) value = (value as readonly unknown[])[Number(name)];
    else value = isValues(value) ? value[name] : undefined;
  }
  return value;
}

function wrongValue(path: readonly string[], merged: Merged): string {
  const place = Number(path.at(-1));
  if (Number.isInteger(place)) {
    const { expected } = configurationKeys().find((key) => key.path === path.slice(0, -1).join('.')) ?? {};
    return `place ${place + 1} of the list is ${said(valueAt(path, merged))}; expected ${expected ?? 'something else'}`;
  }
  const dotted = path.join('.');
  const kind = valueAt([...path.slice(0, -1), 'kind'], merged);
  const keys = configurationKeys().filter((candidate) => candidate.path === dotted);
  const key = keys.find(({ onlyWithKind }) => onlyWithKind === undefined || onlyWithKind === kind) ?? keys[0];
  const expected = key?.expected ?? `an object with the keys ${namesUnder(dotted).join(', ')}`;
  return `expected ${expected}, got ${said(valueAt(path, merged))}`;
}

function unknownKey(path: readonly string[], merged: Merged): ConfigurationProblem {
  return { path, about: 'key', message: whyUnknown(path, merged), source: merged.sourceOf(path) };
}

function whyUnknown(path: readonly string[], merged: Merged): string {
  const level = path.slice(0, -1);
  const name = path.at(-1) ?? '';
  const dotted = path.join('.');
  const kind = valueAt([...level, 'kind'], merged);

  const elsewhere = configurationKeys().filter((key) => key.path === dotted && key.onlyWithKind !== undefined);
  if (elsewhere.length > 0) {
    const kinds = elsewhere.map((key) => String(key.onlyWithKind)).join(' or ');
    return `a key of the kind ${kinds}, but ${[...level, 'kind'].join('.')} is ${said(kind)}; change the kind or remove the key`;
  }
  if (name.includes('.') && configurationKeys().some((key) => key.path === name)) {
    return `a key with dots is only for --set; in a file write objects: ${nestedForm(name)}`;
  }
  const meant = pathsMeantBy(name, level.join('.'), kind).slice(0, 3);
  if (meant.length > 0) return `unknown key; did you mean ${meant.join(' or ')}?`;
  const known = namesUnder(level.join('.'), kind).join(', ');
  return `unknown key; the keys ${level.length === 0 ? 'at the top' : `of ${level.join('.')}`} are ${known}`;
}

function nestedForm(path: string): string {
  return path.split('.').reduceRight((inner, name) => `{"${name}": ${inner}}`, '…');
}
