import type { RunsNews } from '../../src/protocol/panel.ts';

/** The news that these are the runs now. */
export function allRunsNews<Run extends { readonly key: string }>(runs: readonly Run[]): RunsNews<Run> {
  return { changed: [...runs], keys: runs.map(({ key }) => key) };
}
