import type { z } from 'zod';

import { configurationKeys, namesUnder, pathsMeantBy } from './keys.ts';
import { isValues, type Merged } from './layers.ts';

/** A value as a message shows it: short, and a text in quotes. */
export function said(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'number' || typeof value === 'boolean' || value === null) return String(value);
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'an object';
  const text = JSON.stringify(value) ?? typeof value;
  return `the text ${text.length > 60 ? `${text.slice(0, 60)}…"` : text}`;
}

/**
 * What the schema found, in words: one line a problem, with the layer that it comes from, the key path, what was expected
 * and what came.
 */
export function problemsOf(issues: readonly z.core.$ZodIssue[], merged: Merged): string[] {
  // A check across keys means little while one of the keys is misspelt.
  const misspelt = issues.filter((issue) => issue.code === 'unrecognized_keys').map((issue) => issue.path.join('.'));
  return issues
    .filter((issue) => issue.code !== 'custom' || !misspelt.includes(issue.path.slice(0, -1).join('.')))
    .flatMap((issue) => {
      const path = issue.path.map(String);
      if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey([...path, key], merged));
      const what = issue.code === 'custom' ? issue.message : wrongValue(path, merged);
      return [`${prefix(path, merged)}${what}`];
    });
}

function prefix(path: readonly string[], merged: Merged): string {
  const source = merged.sourceOf(path);
  const start = source === undefined ? '' : source === '--set' ? '--set ' : `${source}: `;
  return path.length === 0 ? start : `${start}${path.join('.')}: `;
}

function valueAt(path: readonly string[], merged: Merged): unknown {
  let value: unknown = merged.values;
  for (const name of path) value = isValues(value) ? value[name] : undefined;
  return value;
}

function wrongValue(path: readonly string[], merged: Merged): string {
  const dotted = path.join('.');
  const key = configurationKeys().find((candidate) => candidate.path === dotted);
  const expected = key?.expected ?? `an object with the keys ${namesUnder(dotted).join(', ')}`;
  return `expected ${expected}, got ${said(valueAt(path, merged))}`;
}

function unknownKey(path: readonly string[], merged: Merged): string {
  const level = path.slice(0, -1);
  const name = path.at(-1) ?? '';
  const dotted = path.join('.');
  const kind = valueAt([...level, 'kind'], merged);
  const start = prefix(path, merged);

  const elsewhere = configurationKeys().filter((key) => key.path === dotted && key.onlyWithKind !== undefined);
  if (elsewhere.length > 0) {
    const kinds = elsewhere.map((key) => String(key.onlyWithKind)).join(' or ');
    return `${start}a key of the kind ${kinds}, but ${[...level, 'kind'].join('.')} is ${said(kind)}; change the kind or remove the key`;
  }
  if (name.includes('.') && configurationKeys().some((key) => key.path === name)) {
    return `${start}a key with dots is only for --set; in a file write objects: ${nestedForm(name)}`;
  }
  const meant = pathsMeantBy(name, level.join('.'), kind).slice(0, 3);
  if (meant.length > 0) return `${start}unknown key; did you mean ${meant.join(' or ')}?`;
  const known = namesUnder(level.join('.'), kind).join(', ');
  return `${start}unknown key; the keys ${level.length === 0 ? 'at the top' : `of ${level.join('.')}`} are ${known}`;
}

function nestedForm(path: string): string {
  return path.split('.').reduceRight((inner, name) => `{"${name}": ${inner}}`, '…');
}
