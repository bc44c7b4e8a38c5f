/** What a recurrent cell carries from time step to time step, as it is called: `h` is its output. */
export const stateTitles = { h: 'Hidden state h', c: 'Cell state c' } as const;
export type StateName = keyof typeof stateTitles;

/** A block of `hidden` columns of a cell's weights. */
export interface Gate {
  readonly activation: 'sigmoid' | 'tanh';
  /** The state that this block's value is, where it is one: it is then shown as that state alone. */
  readonly becomes?: StateName;
}

/** A vector of weights that a cell has beside input, recurrent and bias. */
export interface OwnWeight {
  /** As a person reads it before the name of a unit. */
  readonly title: string;
  /** The gates or states that its blocks of `hidden` elements belong to, in their order. */
  readonly blocks: readonly string[];
  /** What its elements start from: random as all weights do, or one number. */
  readonly initial: 'uniform' | number;
}

/** A recurrent cell, as everything but its equations (src/model/cells) and its picture (webview/cell/diagram) knows it. */
export interface CellKind {
  /** In a sentence, without its article. */
  readonly name: string;
  /** A sentence about it, for lists. */
  readonly meaning: string;
  /** Whether it is one of those that every comparison of cells shows. */
  readonly isBasic?: boolean;
  /** What is carried from time step to time step; the first is the cell's output. */
  readonly states: readonly [StateName, ...StateName[]];
  /** The blocks of columns of its input weights, recurrent weights and bias, in their order. */
  readonly gates: Readonly<Record<string, Gate>>;
  /** Its own weights, beside these three. */
  readonly own?: Readonly<Record<string, OwnWeight>>;
  /** The gate to whose initial bias `model.forgetBias` is added. */
  readonly forgetGate?: string;
  /** The gate that says how much of the state is kept: all of it where the gate is 1, or, inverted, where it is 0. */
  readonly keeps?: { readonly gate: string; readonly isInverted: boolean };
}

const sigmoid: Gate = { activation: 'sigmoid' };
const tanh: Gate = { activation: 'tanh' };

/** The four blocks of a cell with input, forget and output gate. */
const lstmGates = { input: sigmoid, forget: sigmoid, output: sigmoid, candidate: tanh };
const lstmStates = ['h', 'c'] as const;
const forgetKeeps = { forgetGate: 'forget', keeps: { gate: 'forget', isInverted: false } } as const;

const table = {
  rnn: {
    name: 'plain RNN',
    meaning: 'The plain recurrent cell (tanh). Fast, but with a short memory.',
    isBasic: true,
    states: ['h'],
    gates: { candidate: { activation: 'tanh', becomes: 'h' } },
  },
  gru: {
    name: 'GRU',
    meaning: 'Gated recurrent unit: two gates, three quarters of the weights of an LSTM.',
    isBasic: true,
    states: ['h'],
    gates: { reset: sigmoid, update: sigmoid, candidate: tanh },
    keeps: { gate: 'update', isInverted: false },
  },
  lstm: {
    name: 'LSTM',
    meaning: 'Long short-term memory: three gates and a separate cell state.',
    isBasic: true,
    states: lstmStates,
    gates: lstmGates,
    ...forgetKeeps,
  },
  'lstm-peephole': {
    name: 'peephole LSTM',
    meaning: 'An LSTM whose gates also see the cell state.',
    states: lstmStates,
    gates: lstmGates,
    own: { peepholes: { title: 'peephole', blocks: ['input', 'forget', 'output'], initial: 'uniform' } },
    ...forgetKeeps,
  },
  'lstm-coupled': {
    name: 'coupled LSTM',
    meaning: 'An LSTM that takes in as much as it forgets: two gates, three quarters of the weights.',
    states: lstmStates,
    gates: { forget: sigmoid, output: sigmoid, candidate: tanh },
    ...forgetKeeps,
  },
  'lstm-layernorm': {
    name: 'layer-normalised LSTM',
    meaning: 'An LSTM whose sums are normalised over the units at each step. Slower for each step.',
    states: lstmStates,
    gates: lstmGates,
    own: {
      inputGain: { title: 'input gain', blocks: Object.keys(lstmGates), initial: 1 },
      recurrentGain: { title: 'recurrent gain', blocks: Object.keys(lstmGates), initial: 1 },
      stateGain: { title: 'gain', blocks: ['c'], initial: 1 },
      stateBias: { title: 'bias', blocks: ['c'], initial: 0 },
    },
    ...forgetKeeps,
  },
  mgu: {
    name: 'MGU',
    meaning: 'Minimal gated unit: one gate, half the weights of an LSTM.',
    states: ['h'],
    gates: { forget: sigmoid, candidate: tanh },
    keeps: { gate: 'forget', isInverted: true },
  },
} satisfies Record<string, CellKind>;

export type CellId = keyof typeof table;

/** Every cell by the id that a configuration gives it. */
export const cellKinds: Readonly<Record<CellId, CellKind>> = table;

/** In the order of the table. */
export const cellIds = Object.keys(table) as [CellId, ...CellId[]];

/** The cell that a configuration has where it names none. */
export const defaultCell = 'lstm' satisfies CellId;

/** As a heading or an entry of a list: `Plain RNN`. */
export function cellTitle(cell: CellId): string {
  const { name } = cellKinds[cell];
  return name.charAt(0).toUpperCase() + name.slice(1);
}

/** The gates by name, in the order of their columns. */
export function gateNames(cell: CellId): string[] {
  return Object.keys(cellKinds[cell].gates);
}

/** What can be seen of a layer beside its states: the gates by name, without one that is a state. */
export function visibleGates(cell: CellId): string[] {
  const { gates } = cellKinds[cell];
  return gateNames(cell).filter((gate) => gates[gate]?.becomes === undefined);
}

/** What to start the bias of a gate from, beside the random part. */
export function initialBias(cell: CellId, gate: string, { forgetBias }: { forgetBias: number }): number {
  return cellKinds[cell].forgetGate === gate ? forgetBias : 0;
}
