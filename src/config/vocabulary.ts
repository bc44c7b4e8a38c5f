/*
 * The values that a configuration chooses from, a table for each kind: schemas, protocols, command line, menus and the
 * words that explain them derive from these. Cells have a file of their own (cells.ts), and so do presets; optimisers and schedules
 * are the members of their unions in schema.ts, since each has keys of its own.
 */

/** One value of a vocabulary: as a heading or an entry of a list, and in a sentence. */
export interface Term {
  readonly title: string;
  readonly meaning: string;
}

/** What a token is. */
export const units = {
  word: { title: 'Word', meaning: 'Tokens are separated by white space.' },
  character: { title: 'Character', meaning: 'Each character is a token, including spaces and punctuation.' },
} as const satisfies Record<string, Term>;
export type Unit = keyof typeof units;

/** What predicts a token. */
export const directions = {
  forward: { title: 'Forward', meaning: 'A word is predicted from the words before it.' },
  bidirectional: {
    title: 'Bidirectional',
    meaning: 'A word is filled in from the words on both sides of it; scored as pseudo-perplexity.',
  },
} as const satisfies Record<string, Term>;
export type Direction = keyof typeof directions;

/** Which way a stack of layers reads: a forward model has one, a bidirectional one has both. */
export const readings = {
  forward: { title: 'Forward', meaning: 'From the beginning of the text to its end.' },
  backward: { title: 'Backward', meaning: 'From the end of the text to its beginning.' },
} as const satisfies Record<string, Term>;
export type Reading = keyof typeof readings;

/** The stacks of a model. */
export const readingsOf: Readonly<Record<Direction, readonly Reading[]>> = {
  forward: ['forward'],
  bidirectional: ['forward', 'backward'],
};

/** How gradients are clipped. */
export const clippings = {
  norm: { title: 'Norm', meaning: 'Scale the whole gradient down if its global norm exceeds the threshold.' },
  value: { title: 'Value', meaning: 'Limit each element to ± the threshold.' },
} as const satisfies Record<string, Term>;

/** What computes. */
export const engines = {
  onnx: { title: 'ONNX Runtime', meaning: 'ONNX Runtime.' },
  tensorflow: { title: 'TensorFlow.js', meaning: 'TensorFlow.js.' },
} as const satisfies Record<string, Term>;
export type EngineId = keyof typeof engines;

/** What a configuration may name: an engine, or the first that loads. */
export const engineChoices = {
  auto: { title: 'Automatic', meaning: 'The first of the others that loads on this machine.' },
  ...engines,
} as const satisfies Record<string, Term>;
export type EngineChoice = keyof typeof engineChoices;

/** What an engine computes on. */
export const devices = {
  cpu: { title: 'the CPU', meaning: 'The CPU.' },
  webgpu: { title: 'the GPU (WebGPU)', meaning: 'The GPU, through WebGPU.' },
} as const satisfies Record<string, Term>;
export type Device = keyof typeof devices;

/** The checkpoints that are kept of a run. */
export const checkpointKinds = {
  newest: { title: 'Newest', meaning: 'The weights that training goes on from.' },
  best: { title: 'Best', meaning: 'The weights with the best validation perplexity.' },
} as const satisfies Record<string, Term>;
export type CheckpointKind = keyof typeof checkpointKinds;

/** The ids of a table in its order, as schemas and the command line take them. */
export function idsOf<T extends object>(table: T): [keyof T & string, ...(keyof T & string)[]] {
  return Object.keys(table) as [keyof T & string, ...(keyof T & string)[]];
}

/** What each id of a table means. */
export function meaningsOf(table: Readonly<Record<string, Term>>): Record<string, string> {
  return Object.fromEntries(Object.entries(table).map(([id, { meaning }]) => [id, meaning]));
}
