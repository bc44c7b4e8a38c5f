import type { Extension } from '../extensionParts.ts';

/** The cell explorer as it was; at first the worked example. */
export function exploreCell({ cell }: Extension): void {
  cell.show();
}
