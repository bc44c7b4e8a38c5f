import { window } from 'vscode';
import * as z from 'zod';

import type { ListedRun } from '../../runs/list.ts';
import { nameOf } from '../experiments/experiments.ts';
import type { Extension } from '../extensionParts.ts';
import { lookOf, summaryOf } from '../experiments/runWords.ts';
import { inLabel } from '../text.ts';

/** What the menus of the experiments view pass; other extensions may call a command with anything. */
const nodeSchema = z.object({ kind: z.enum(['run', 'part', 'checkpoint']), folder: z.string() });

/** The folder of the run that a menu was used on. */
export function folderOf(argument: unknown): string | undefined {
  return nodeSchema.safeParse(argument).data?.folder;
}

interface Choice<R extends ListedRun> {
  readonly title: string;
  /** What is said where none fits. */
  readonly none: string;
  readonly fits: (run: ListedRun) => run is R;
  /** Why a run does not fit, where its state does not tell. */
  readonly whyNot?: (run: ListedRun) => string | undefined;
}

/**
 * The run that a command is meant for: that of the menu that was used, else the only one that fits, else one that the
 * user picks. Where none fits, says so.
 */
export async function chooseRun<R extends ListedRun>(
  { experiments }: Pick<Extension, 'experiments'>,
  argument: unknown,
  choice: Choice<R>,
): Promise<R | undefined> {
  await experiments.ready();
  const folder = folderOf(argument);
  const fitting = experiments.runs.filter(choice.fits);
  if (folder !== undefined) {
    const named = fitting.find((run) => run.folder === folder);
    if (named === undefined) void window.showInformationMessage(whyNot(experiments.find(folder), choice));
    return named;
  }
  if (fitting.length === 0) void window.showInformationMessage(choice.none);
  if (fitting.length <= 1) return fitting[0];
  const items = fitting.map((run) => ({
    run,
    label: `$(${lookOf(run).icon}) ${inLabel(nameOf(run))}`,
    description: summaryOf(run),
    detail: inLabel(run.id),
  }));
  const picked = await window.showQuickPick(items, { title: choice.title, matchOnDetail: true });
  return picked?.run;
}

function whyNot<R extends ListedRun>(run: ListedRun | undefined, { title, whyNot: because }: Choice<R>): string {
  if (run === undefined) return `${title}: this run no longer exists.`;
  return `${title}: ${because?.(run) ?? `this run is ${lookOf(run).word}`}.`;
}
