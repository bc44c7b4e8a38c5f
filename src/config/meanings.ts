import type { Configuration } from './schema.ts';

/** What each part of a configuration is about; '' is the whole. */
export const sections: Readonly<Record<string, string>> = {
  '': 'An experiment: what a model learns from, what it is like, and how it is trained.',
  corpus: 'What the model learns from.',
  model: 'What the network is like.',
  training: 'How it is trained.',
  'training.probe':
    'What a run records of itself for panels to show: what the network makes of a few words, as it learns.',
  evaluation: 'How validation and test text are read.',
  engine: 'What computes.',
} satisfies Record<'' | Sections | 'training.probe', string>;

type Sections = {
  [K in keyof Configuration]-?: Configuration[K] extends object ? K : never;
}[keyof Configuration];

/** What the values of a key mean, for lists in an editor, by the key's path. */
export const meanings: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'corpus.kind': {
    builtin: 'Sentences of a grammar, made here: needs nothing, and the least possible perplexity is known.',
    ptb: 'A folder with ptb.train.txt, ptb.valid.txt and ptb.test.txt.',
    folder: 'A folder with train.txt, valid.txt and test.txt.',
    file: 'One text file, of which the last tenth is kept for validation and test.',
  } satisfies Meanings<Configuration['corpus']['kind']>,
  'corpus.unit': {
    word: 'What stands between blanks.',
    character: 'Each letter, blank and sign.',
  } satisfies Meanings<Configuration['corpus']['unit']>,
  'model.cell': {
    rnn: 'The plain cell: tanh of a sum. Fast, and forgets soon.',
    gru: 'Gated recurrent unit: two gates, three quarters of the weights of an LSTM.',
    lstm: 'Long short-term memory: three gates and a state of its own.',
  } satisfies Meanings<Configuration['model']['cell']>,
  'model.direction': {
    forward: 'A word is predicted from the words before it.',
    bidirectional: 'A word is filled in from the words on both sides of it; scored as pseudo-perplexity.',
  } satisfies Meanings<Configuration['model']['direction']>,
  'training.gradientClipBy': {
    norm: 'Shorten the whole gradient where its global norm is larger.',
    value: 'Cut each element to the range around 0.',
  } satisfies Meanings<Configuration['training']['gradientClipBy']>,
  'engine.name': {
    auto: 'The first of the others that loads here.',
    onnx: 'ONNX Runtime.',
    tensorflow: 'TensorFlow.js.',
  } satisfies Meanings<Configuration['engine']['name']>,
  'engine.device': {
    cpu: 'The processor.',
    webgpu: 'The graphics card, by WebGPU.',
  } satisfies Meanings<Configuration['engine']['device']>,
};

type Meanings<Values extends string> = Record<Values, string>;
