import * as z from 'zod';

import { notification } from './message.ts';

/** What the pages of all panels tell the host. */
export const panelNotices = {
  /** What VS Code keeps of the page over a reload; the host keeps it for a panel whose extension host died. */
  keep: notification('panel/keep', z.object({ state: z.unknown() })),
};

/**
 * What the user asked a panel to show. The page carries out each request once, by its number: it comes as news to a page
 * on show, and with the answer to a page's first question. Numbers are never given out twice in a window.
 */
export function askedSchema<S extends z.ZodRawShape>(shape: S) {
  return z.object({ number: z.number(), ...shape });
}

/** Runs as a panel lists them that have changed, and the keys of all in their order where that has changed. */
export interface RunsNews<Run> {
  changed: Run[];
  keys?: string[] | undefined;
}

/** @param run what a panel is told of a run */
export function runsNewsSchema<Run>(run: z.ZodType<Run>): z.ZodType<RunsNews<Run>> {
  return z.object({ changed: z.array(run), keys: z.array(z.string()).optional() });
}

/** A page's list of runs with the news of them. Runs of unknown keys, of which there has been no news, are left out. */
export function withRunsNews<Run extends { readonly key: string }>(
  runs: readonly Run[],
  { changed, keys }: RunsNews<Run>,
): Run[] {
  const byKey = new Map([...runs, ...changed].map((run) => [run.key, run]));
  return (keys ?? runs.map(({ key }) => key)).flatMap((key) => byKey.get(key) ?? []);
}
