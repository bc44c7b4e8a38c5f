import { stat, type Stats } from 'node:fs';

import { runPaths } from './layout.ts';

/** What a run's config.json and status.json look like from outside: they changed where these did. */
export interface Stamps {
  readonly config: string | undefined;
  readonly status: string | undefined;
}

/** Undefined stands for a file that cannot be looked at. */
export async function stampsOf(folder: string): Promise<Stamps> {
  const paths = runPaths(folder);
  const [config, status] = await Promise.all([statOf(paths.config), statOf(paths.status)]);
  return { config: stampOf(config), status: stampOf(status) };
}

function stampOf(stats: Stats | undefined): string | undefined {
  return stats && `${stats.mtimeMs} ${stats.ctimeMs} ${stats.size} ${stats.ino}`;
}

/** With a callback, since that costs a third of fs/promises, and there may be a thousand files. */
export function statOf(path: string): Promise<Stats | undefined> {
  return new Promise((settle) => stat(path, (error, stats) => settle(error ? undefined : stats)));
}
