import type { ExporterIdOf } from '../../../config/exporters.ts';
import { lstmVisFiles } from '../../../formats/lstmvis.ts';
import type { LstmVisInput } from '../../../formats/lstmvis.ts';
import type { Saved } from '../../../protocol/saving.ts';
import { saveFolder } from '../save.ts';

/**
 * Asks the user where to, and saves the states of a text there.
 *
 * @param run the run's id, which the name begins with
 * @param read has the model server compute the states, once there is a place for them
 */
type StatesWriter = (run: string, read: () => Promise<LstmVisInput>) => Promise<Saved>;

/** A writer for each format that the host writes. */
export const statesWriters: Readonly<Record<ExporterIdOf<'host'>, StatesWriter>> = {
  lstmvis: (run, read) => saveFolder('lstmvis', run, async () => lstmVisFiles(await read())),
};
