import { clippings, devices, directions, engineChoices, meaningsOf, units } from './vocabulary.ts';
import { cellIds, cellKinds } from './cells.ts';
import type { Configuration } from './schema.ts';

/** What each part of a configuration is about; '' is the whole. */
export const sections: Readonly<Record<string, string>> = {
  '': 'An experiment: the corpus, the network and the training settings.',
  corpus: 'The text that the model is trained on.',
  model: 'The network.',
  training: 'The training settings.',
  'training.probe':
    'What a run records for the panels: the states and predictions of the network for a few words, as it learns.',
  evaluation: 'How validation and test text are read.',
  engine: 'The engine and the device that run the network.',
} satisfies Record<'' | Sections | 'training.probe', string>;

type Sections = {
  [K in keyof Configuration]-?: Configuration[K] extends object ? K : never;
}[keyof Configuration];

/** What the values of a key mean, for lists in an editor, by the key's path. */
export const meanings: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'corpus.kind': {
    builtin:
      'Sentences generated from a built-in grammar: needs no files, and the lowest possible perplexity is known.',
    ptb: 'A folder with ptb.train.txt, ptb.valid.txt and ptb.test.txt.',
    folder: 'A folder with train.txt, valid.txt and test.txt.',
    file: 'One text file, of which the last tenth is kept for validation and test.',
  } satisfies Meanings<Configuration['corpus']['kind']>,
  'corpus.unit': meaningsOf(units),
  'model.cell': Object.fromEntries(cellIds.map((id) => [id, cellKinds[id].meaning])),
  'model.direction': meaningsOf(directions),
  'training.gradientClipBy': meaningsOf(clippings),
  'engine.name': meaningsOf(engineChoices),
  'engine.device': meaningsOf(devices),
};

type Meanings<Values extends string> = Record<Values, string>;
