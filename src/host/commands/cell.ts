import { isWhole, nameOf } from '../experiments/experiments.ts';
import type { Extension } from '../extensionParts.ts';
import { checkTrust } from '../trust.ts';
import { chooseRun } from './chooseRun.ts';

/** The cell explorer as it was; at first the worked example. */
export function exploreCell({ panels }: Pick<Extension, 'panels'>): void {
  panels.show('cell');
}

/** The cell of the run of the menu that was used, on a sentence. Its checkpoint is read by a process. */
export async function exploreCellOfRun(
  extension: Pick<Extension, 'experiments' | 'panels'>,
  argument?: unknown,
): Promise<void> {
  if (!checkTrust()) return;
  const title = 'Explore Cell of Run';
  const run = await chooseRun(extension, argument, { title, none: 'There are no runs yet.', fits: isWhole });
  if (run !== undefined) extension.panels.show('cell', { run: { key: run.folder, name: nameOf(run) } });
}
