/** A JSON-like object that is not yet known to be a configuration. */
export type Values = { readonly [key: string]: unknown };

/** A part of the configuration and where it comes from, as messages name it: `preset small`, `run.json`, `--set`. */
export interface Layer {
  readonly source: string;
  readonly values: Values;
}

/** Layers laid on each other, and which of them has the say at each path. */
export interface Merged {
  readonly values: Values;
  /** The layer that last set what stands at a path, or around it. Undefined for a path that only defaults fill. */
  sourceOf(path: readonly string[]): string | undefined;
}

/** Whether a value is a plain object, so not a list and not null. */
export function isValues(value: unknown): value is Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Lays layers on each other: objects are merged key by key, anything else replaces what was there, undefined is nothing.
 * Two objects do not inherit across a change of their kind: a schedule or an optimiser of another kind starts afresh, and the built-in
 * corpus drops the path of the corpus before.
 */
export function mergeLayers(layers: readonly Layer[]): Merged {
  const sources = new Map<string, string>();
  let values: Values = {};
  for (const layer of layers) values = mergeValues(values, layer.values, { path: [], source: layer.source, sources });
  return {
    values,
    sourceOf(path) {
      for (let length = path.length; length > 0; length--) {
        const source = sources.get(path.slice(0, length).join('.'));
        if (source !== undefined) return source;
      }
      return undefined;
    },
  };
}

interface Place {
  readonly path: readonly string[];
  readonly source: string;
  readonly sources: Map<string, string>;
}

function mergeValues(below: Values, above: Values, place: Place): Values {
  const merged: Record<string, unknown> = { ...inherited(below, above, place.path.join('.')) };
  for (const [name, value] of Object.entries(above)) {
    if (value === undefined) continue;
    const path = [...place.path, name];
    place.sources.set(path.join('.'), place.source);
    const under = merged[name];
    merged[name] = isValues(value) ? mergeValues(isValues(under) ? under : {}, value, { ...place, path }) : value;
  }
  return merged;
}

/** What an object takes over from the layers below when a layer above speaks of it. */
function inherited(below: Values, above: Values, path: string): Values {
  const changesKind = above['kind'] !== undefined && above['kind'] !== below['kind'];
  if (!changesKind) return below;
  if (path === 'training.schedule' || path === 'training.optimizer') return {};
  if (path === 'corpus' && above['kind'] === 'builtin')
    return Object.fromEntries(Object.entries(below).filter(([name]) => name !== 'path'));
  return below;
}

/** Names that reach an object's prototype instead of a key. No key of the configuration is called so. */
const forbidden = ['__proto__', 'constructor', 'prototype'];

/** The first path in a value that goes through a forbidden name, or undefined. */
export function forbiddenPath(value: unknown, path: readonly string[] = []): readonly string[] | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [name, child] of Object.entries(value)) {
    const childPath = [...path, name];
    const found = forbidden.includes(name) ? childPath : forbiddenPath(child, childPath);
    if (found !== undefined) return found;
  }
  return undefined;
}
