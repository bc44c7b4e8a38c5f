import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readingsOf } from '../config/vocabulary.ts';
import { lstmVisFiles } from '../formats/lstmvis.ts';
import type { LoadedModel } from '../inference/loadedModel.ts';
import type { TextStates } from '../inference/states.ts';
import type { Series } from '../protocol/inference.ts';
import { asFileError } from '../util/fileErrors.ts';
import { makeFolders } from '../util/folders.ts';

/** The states and gates of every layer and direction. */
export function allSeries({ facts, isBidirectional }: LoadedModel): Series[] {
  const readings = readingsOf[isBidirectional ? 'bidirectional' : 'forward'];
  return readings.flatMap((reading) =>
    Array.from({ length: facts.layers }, (_, layer) => facts.series.map((name) => ({ reading, layer, name }))).flat(),
  );
}

/** Writes the files of LSTMVis into a folder, which is made where there is none. @throws FileError that names the file */
export async function writeLstmVis(
  folder: string,
  { name, series, states }: { name: string; series: readonly Series[]; states: TextStates },
): Promise<void> {
  const named = series.map((one, index) => ({
    ...one,
    units: states.units[index] ?? 0,
    values: states.values[index] ?? new Float32Array(),
  }));
  const words = states.tokens.map(({ readAs }) => readAs);
  await asFileError(`cannot create ${folder}`, () => makeFolders(folder));
  for (const file of lstmVisFiles({ name, words, series: named })) {
    const path = join(folder, file.name);
    await asFileError(`cannot write ${path}`, () => writeFile(path, file.content));
  }
}
