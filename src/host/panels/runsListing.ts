import type { RunsNews } from '../../protocol/panel.ts';
import type { ListedRun } from '../../runs/list.ts';

interface Told<Run> {
  /** The run as the list had it: a run that changes is another object. */
  readonly listed: ListedRun;
  readonly run: Run;
  readonly json: string;
}

/** What a page knows of the runs, so that it is told only what has become another. */
export class RunsListing<Run extends { readonly key: string }> {
  private told = new Map<string, Told<Run>>();

  /** @param describe what the page is told of a run; undefined for one that it does not show */
  constructor(private readonly describe: (run: ListedRun) => Run | undefined) {}

  /** All of them; the page knows them from now on. */
  all(runs: readonly ListedRun[]): Run[] {
    this.told = this.described(runs);
    return [...this.told.values()].map(({ run }) => run);
  }

  /** What has changed since the last call; undefined where nothing has. The page knows it from now on. */
  difference(runs: readonly ListedRun[]): RunsNews<Run> | undefined {
    const before = this.told;
    this.told = this.described(runs);
    const keys = [...this.told.keys()];
    const known = [...before.keys()];
    const isSameList = keys.length === known.length && keys.every((key, index) => key === known[index]);
    const changed = [...this.told].flatMap(([key, { run, json }]) => (before.get(key)?.json === json ? [] : [run]));
    if (isSameList && changed.length === 0) return undefined;
    return { changed, ...(isSameList ? {} : { keys }) };
  }

  private described(runs: readonly ListedRun[]): Map<string, Told<Run>> {
    const described = new Map<string, Told<Run>>();
    for (const listed of runs) {
      const known = this.told.get(listed.folder);
      if (known?.listed === listed) {
        described.set(listed.folder, known);
        continue;
      }
      const run = this.describe(listed);
      if (run !== undefined) described.set(listed.folder, { listed, run, json: JSON.stringify(run) });
    }
    return described;
  }
}
