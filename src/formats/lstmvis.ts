import { hdf5Of } from './hdf5.ts';
import type { Dataset } from './hdf5.ts';

/** A series of a network's numbers: a state or a gate of a layer, from 0, of a direction. */
interface Series {
  readonly reading: 'forward' | 'backward';
  readonly layer: number;
  readonly name: string;
}

/** What goes into the files: the states of a text, and the words that were read. */
export interface LstmVisInput {
  /** For the eye. */
  readonly name: string;
  /** The words of the vocabulary that the text was read as. */
  readonly words: readonly string[];
  /** Each with the units of its layer and its numbers, [tokens, units]. */
  readonly series: readonly (Series & { readonly units: number; readonly values: Float32Array })[];
}

/** A file of the folder. */
export interface LstmVisFile {
  readonly name: string;
  readonly content: Uint8Array | string;
}

const sigmoids = new Set(['input', 'forget', 'output', 'reset', 'update']);

/**
 * The folder that LSTMVis reads (Strobelt et al., 2018; its docs/chapter/train.md and config_states.md): the states of
 * each layer in states.hdf5, the ids of the words in train.hdf5, what each id means in words.dict, and lstm.yml, which
 * names them. LSTMVis takes the tanh of what is not between −1 and 1: of the memory c alone.
 */
export function lstmVisFiles({ name, words, series }: LstmVisInput): LstmVisFile[] {
  const ids = new Map<string, number>();
  // LSTMVis parts a line of the dictionary at blanks.
  const wordIds = words.map((word) => {
    const shown = word.replace(/\s/gu, '␣');
    const id = ids.get(shown) ?? ids.size;
    ids.set(shown, id);
    return id;
  });
  const states = series.map((one): Dataset => ({
    name: datasetName(one),
    shape: [words.length, one.units],
    data: one.values,
  }));
  const train: Dataset = { name: 'word_ids', shape: [words.length], data: Int32Array.from(wordIds) };
  return [
    { name: 'states.hdf5', content: hdf5Of(states) },
    { name: 'train.hdf5', content: hdf5Of([train]) },
    { name: 'words.dict', content: [...ids].map(([word, id]) => `${word} ${id}\n`).join('') },
    { name: 'lstm.yml', content: configuration(name, series) },
  ];
}

/** `states1` for h of the lowest layer, as in LSTMVis's own examples; `c1`, `forget1`, `backward_states1`. */
function datasetName({ reading, layer, name }: Series): string {
  return `${reading === 'backward' ? 'backward_' : ''}${name === 'h' ? 'states' : name}${layer + 1}`;
}

function configuration(name: string, series: readonly Series[]): string {
  const types = series.map((one) => {
    const unsigned = sigmoids.has(one.name) ? ', unsigned: true' : '';
    const transform = one.name === 'c' ? '' : ', transform: none';
    const type = `${one.reading === 'backward' ? 'backward ' : ''}${one.name === 'h' ? 'state' : one.name}`;
    return `    {type: ${type}, layer: ${one.layer + 1}, path: ${datasetName(one)}${unsigned}${transform}}`;
  });
  // JSON's strings are YAML's.
  return `name: ${JSON.stringify(name)}
description: ${JSON.stringify(name)}
files:
  states: states.hdf5
  train: train.hdf5
  words: words.dict
word_sequence:
  file: train
  path: word_ids
  dict_file: words
states:
  file: states
  types: [
${types.join(',\n')}
  ]
`;
}
