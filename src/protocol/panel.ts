import * as z from 'zod';

import { notification } from './message.ts';

/**
 * What the messages of all panels are made of. The host checks what pages tell and ask it by schemas; a page trusts its
 * host, so that answers and news are types alone.
 */

/** A type that a message carries for the compiler. Of a function, so that what is sent has no fewer keys than the type. */
interface OfType<T> {
  readonly type?: (value: T) => T;
}

/** A request of a page to the host: its name, what its parameters must look like, and the type of its answer. */
export interface PanelRequest<P, R> {
  readonly method: string;
  readonly params: z.ZodType<P>;
  readonly answer: OfType<R>;
}

/** What the host tells a page: its name and its type. */
export interface PanelNews<P> {
  readonly method: string;
  readonly news: OfType<P>;
}

/** The answer of a request: `panelRequest('curves/history', z.object({ key }), answerOf<RunHistory>())`. */
export function answerOf<R>(): OfType<R> {
  return {};
}

export function panelRequest<P, R>(method: string, params: z.ZodType<P>, answer: OfType<R>): PanelRequest<P, R> {
  return { method, params, answer };
}

export function panelNews<P>(method: string): PanelNews<P> {
  return { method, news: {} };
}

/** What the pages of all panels tell the host. */
export const panelNotices = {
  /** What VS Code keeps of the page over a reload; the host keeps it for a panel whose extension host died. */
  keep: notification('panel/keep', z.object({ state: z.unknown() })),
};

/**
 * What the user asked a panel to show. The page carries out each request once, by its number: it comes as news to a page
 * on show, and with the answer to a page's first question. Numbers are never given out twice in a window.
 */
export type Asked<Wanted> = Wanted & { readonly number: number };

/** The answer to a page's first question: all runs that it shows, newest first, and what the user last asked to see. */
export interface OfferedRuns<Run, Wanted> {
  runs: Run[];
  asked?: Asked<Wanted> | undefined;
}

/** Runs as a panel lists them that have changed, and the keys of all in their order where that has changed. */
export interface RunsNews<Run> {
  changed: Run[];
  keys?: string[] | undefined;
}

/** A page's list of runs with the news of them. Runs of unknown keys, of which there has been no news, are left out. */
export function withRunsNews<Run extends { readonly key: string }>(
  runs: readonly Run[],
  { changed, keys }: RunsNews<Run>,
): Run[] {
  const byKey = new Map([...runs, ...changed].map((run) => [run.key, run]));
  return (keys ?? runs.map(({ key }) => key)).flatMap((key) => byKey.get(key) ?? []);
}
