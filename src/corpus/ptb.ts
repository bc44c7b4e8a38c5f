import { fileNameOf } from './detect.ts';
import { eachSplit, splitNames } from './splits.ts';

/** A file of a corpus that is known to the byte. */
export interface KnownFile {
  readonly name: string;
  readonly bytes: number;
  /** Lower-case hexadecimal. */
  readonly sha256: string;
}

/** The Penn Treebank as Mikolov prepared it, word level: what is downloaded must be these bytes. */
const known = {
  train: { bytes: 5_101_618, sha256: 'fcea919f6cf83f35d4d00c6cbf08040d13d4155226340912e2fef9c9c4102cbf' },
  valid: { bytes: 399_782, sha256: 'c9fe6985fe0d4ccb578183407d7668fc6066c20700cb4cf87d8ff1cc34df1bf2' },
  test: { bytes: 449_945, sha256: 'dd65dff31e70846b2a6030a87482edcd5d199130cdcfa1f3dccbb033728deee0' },
};

const names = eachSplit((split) => fileNameOf('ptb', split));

export const ptbFileNames: readonly string[] = Object.values(names);

export const ptbFiles: readonly KnownFile[] = splitNames.map((split) => ({ name: names[split], ...known[split] }));
