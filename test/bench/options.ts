import { parseArgs } from 'node:util';
import { ConfigurationError, messageOf } from '../../src/util/errors.ts';
import { peerNames } from './peers.ts';
import type { PeerName } from './peers.ts';
import { defaultShapes, shapeNames } from './shapes.ts';
import type { ShapeName } from './shapes.ts';

/** What can be printed; without a choice, training alone. */
const tables = ['train', 'eval', 'sessions', 'profile'] as const;
export type Table = (typeof tables)[number];

export interface BenchOptions {
  tables: readonly Table[];
  shapes: readonly ShapeName[];
  /** Each shape is measured at each of these; 0 for one thread a core. */
  threads: readonly number[];
  /** Rounds of each side after warming up; left out: as many as fit in about a quarter of a minute a side. */
  rounds?: number;
  peers: readonly PeerName[];
  /** Make the environments of the peers that are missing. */
  makePeers: boolean;
  /** Where they are; left out: peerEnvironments.ts's default. */
  peersFolder?: string;
  hugePages: boolean;
  json: boolean;
  help: boolean;
}

export const usage = `Our training step and that of today's PyTorch, Keras and JAX in turn: speed, memory, the share of this machine's peak.

npm run bench -- [options]

What is measured (without a choice: --train)
  --train               a training step, ours and each peer's in turn
  --eval                the evaluation of a text of 82,430 words (the size of the Penn Treebank's test text), ours and
                        PyTorch's in turn
  --sessions            how long our trainer takes to be ready at 35, 200 and 1,000 steps, each in a process of its own
  --profile             the time of each ONNX operator in our training step

With what
  --shape NAMES         200 and 650 (2 layers of LSTM), gru and rnn (2×200), gru-650 and rnn-650 (2×650), or all;
                        several with commas (default: 200,650)
  --threads NUMBERS     threads of each side, 0 for one a core; several with commas, each measured (default: 0)
  --rounds N            rounds of each side, 1 to 1000 (default: as many as fit in 15 seconds a side)
  --huge-pages          rows of ours and PyTorch's with GLIBC_TUNABLES=glibc.malloc.hugetlb=1 beside the plain ones
                        (Linux with glibc)

Against whom
  --peer NAMES          pytorch, keras, jax, all or none; several with commas (default: all)
  --peers               make what is missing: a virtual environment for each peer, with its newest release from PyPI
                        (PyTorch takes 5 GB); what stands is used as it is: delete its folder for a newer release
  --peers-folder PATH   where these environments are (default: the variable SEQUENCE_LAB_PEERS, else a folder
                        sequence-lab/peers in the user's cache folder); a virtual environment with all of them will do

  --json                one JSON object a line instead of tables
  --help

Without peers ours is measured alone.`;

const maxRounds = 1000;
const maxThreads = 1024;

/** @throws ConfigurationError that says what was expected and what came */
export function parseOptions(args: readonly string[]): BenchOptions {
  const values = parse(args);
  const folder = values['peers-folder'];
  const chosen = tables.filter((table) => values[table]);
  return {
    tables: chosen.length === 0 ? ['train'] : chosen,
    shapes: values.shape === undefined ? defaultShapes : chosenFrom('--shape', shapeNames, values.shape),
    threads: numbersOf(values.threads),
    ...(values.rounds !== undefined && { rounds: wholeNumber('--rounds', values.rounds, [1, maxRounds]) }),
    peers: peersOf(values.peer),
    makePeers: values.peers,
    ...(folder !== undefined && { peersFolder: folder }),
    hugePages: values['huge-pages'],
    json: values.json,
    help: values.help,
  };
}

function parse(args: readonly string[]) {
  const flag = { type: 'boolean', default: false } as const;
  try {
    return parseArgs({
      args: [...args],
      options: {
        train: flag,
        eval: flag,
        sessions: flag,
        profile: flag,
        shape: { type: 'string', multiple: true },
        threads: { type: 'string', multiple: true, default: ['0'] },
        rounds: { type: 'string' },
        'huge-pages': flag,
        peer: { type: 'string', multiple: true, default: ['all'] },
        peers: flag,
        'peers-folder': { type: 'string' },
        json: flag,
        help: flag,
      },
    }).values;
  } catch (error) {
    throw new ConfigurationError(`${messageOf(error)}\nSee npm run bench -- --help`);
  }
}

/** `['a,b', 'c']` as a, b and c, each once. */
function partsOf(texts: readonly string[]): string[] {
  return [...new Set(texts.flatMap((text) => text.split(',')).map((part) => part.trim()))];
}

/** Those of `names` that were named, in the order of the question. */
function chosenFrom<N extends string>(
  option: string,
  names: readonly N[],
  texts: readonly string[],
  more = ' or all',
): readonly N[] {
  const parts = partsOf(texts);
  if (parts.length === 1 && parts[0] === 'all') return names;
  return parts.map((part) => {
    const found = names.find((name) => name === part);
    if (found === undefined) {
      throw new ConfigurationError(`${option}: expected ${names.join(', ')}${more}, got "${part}"`);
    }
    return found;
  });
}

function peersOf(texts: readonly string[]): readonly PeerName[] {
  const parts = partsOf(texts);
  if (!parts.includes('none')) return chosenFrom('--peer', peerNames, texts, ', all or none');
  if (parts.length === 1) return [];
  throw new ConfigurationError(`--peer: none stands alone, got "${texts.join(',')}"`);
}

function numbersOf(texts: readonly string[]): number[] {
  return partsOf(texts).map((part) => wholeNumber('--threads', part, [0, maxThreads]));
}

function wholeNumber(option: string, text: string, [least, most]: readonly [number, number]): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= least && value <= most) return value;
  throw new ConfigurationError(`${option}: expected a whole number from ${least} to ${most}, got "${text}"`);
}
