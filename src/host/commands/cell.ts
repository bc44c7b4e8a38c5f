import { isWhole, nameOf } from '../experiments/experiments.ts';
import type { Extension } from '../extensionParts.ts';
import { checkTrust } from '../trust.ts';
import { chooseRun } from './chooseRun.ts';

/** The cell explorer as it was; at first the worked example. */
export function exploreCell({ cell }: Extension): void {
  cell.show();
}

/** The cell of the run of the menu that was used, on a sentence. Its checkpoint is read by a process. */
export async function exploreCellOfRun(extension: Extension, argument?: unknown): Promise<void> {
  if (!checkTrust()) return;
  const title = 'Explore Cell of Run';
  const run = await chooseRun(extension, argument, { title, none: 'There are no runs yet.', fits: isWhole });
  if (run !== undefined) extension.cell.show({ key: run.folder, name: nameOf(run) });
}
