import { InvalidArgumentError, Option } from 'commander';
import type { EngineConfiguration } from '../config/schema.ts';

/** A whole number in a range, or an error that says the range. */
function wholeNumber(least: number, most: number) {
  return (text: string): number => {
    const value = Number(text);
    if (text.trim() !== '' && Number.isInteger(value) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`);
  };
}

/** A number in a range, or an error that says the range. */
function numberFrom(least: number, most: number) {
  return (text: string): number => {
    const value = Number(text);
    if (text.trim() !== '' && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`It must be a number from ${least} to ${most}.`);
  };
}

/** A probability above 0, or an error that says so. */
function probability(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && value > 0 && value <= 1) return value;
  throw new InvalidArgumentError('It must be above 0 and at most 1.');
}

/** Options that several commands have, each made anew: commander keeps the parsed value in them. */
export const options = {
  runs: () => new Option('--runs <dir>', 'the folder that holds the runs').default('.sequence-lab/runs'),
  json: () => new Option('--json', 'print one JSON object a line, and nothing else, on stdout'),
  threads: (zero = 'for all cores') =>
    new Option('--threads <n>', `threads of the CPU; 0 ${zero}`).argParser(wholeNumber(0, 1024)),
  device: () => new Option('--device <device>', 'where to compute').choices(['cpu', 'webgpu']),
  engine: () =>
    new Option('--engine <engine>', 'what computes; auto is onnx where it loads').choices([
      'auto',
      'onnx',
      'tensorflow',
    ] satisfies EngineConfiguration['name'][]),
  checkpoint: () =>
    new Option(
      '--checkpoint <which>',
      'the newest weights or those of the best validation (best where the run was to stop early, else newest)',
    ).choices(['newest', 'best']),
  cell: () => new Option('--cell <cell>', 'the recurrent cell').choices(['rnn', 'gru', 'lstm']),
  direction: () =>
    new Option('--direction <direction>', 'read the words before a word, or on both sides of it').choices([
      'forward',
      'bidirectional',
    ]),
  layers: () => new Option('--layers <n>', 'stacked recurrent layers').argParser(wholeNumber(1, 16)),
  hiddenSize: () => new Option('--hidden-size <n>', 'units of a layer').argParser(wholeNumber(1, 8192)),
  optimizer: () =>
    new Option('--optimizer <optimizer>', 'how gradients become updates').choices(['sgd', 'momentum', 'adam', 'adamw']),
  data: () =>
    new Option('--data <path>', 'a PTB folder, a folder with train.txt, valid.txt and test.txt, or a text file'),
  epochs: () => new Option('--epochs <n>', 'passes over the training text').argParser(wholeNumber(1, 10_000)),
  maxSteps: () =>
    new Option('--max-steps <n>', 'end after so many steps, then evaluate').argParser(
      wholeNumber(1, Number.MAX_SAFE_INTEGER),
    ),
  seed: (what = 'seeds the weights and the dropout') =>
    new Option('--seed <n>', what).argParser(wholeNumber(0, 0xffff_ffff)),
  text: () => new Option('--text <text>', 'a text; - for standard input').makeOptionMandatory(),
  top: () => new Option('--top <k>', 'how many words are told').argParser(wholeNumber(1, 1000)).default(10),
  words: () => new Option('--words <n>', 'how many words are drawn').argParser(wholeNumber(1, 1_000_000)).default(50),
  temperature: () =>
    new Option('--temperature <x>', 'below 1 for likelier words, above for rarer ones; 0 for the likeliest each time')
      .argParser(numberFrom(0, 100))
      .default(1),
  topK: () =>
    new Option('--top-k <k>', 'draw from the so many likeliest words; 0 for all')
      .argParser(wholeNumber(0, 0x7fff_ffff))
      .default(0),
  topP: () =>
    new Option('--top-p <p>', 'draw from the likeliest words that have this probability together; 1 for all')
      .argParser(probability)
      .default(1),
  noTest: () => new Option('--no-test', 'leave out the test at the end'),
};

/** What `--threads`, `--device` and `--engine` are when they are given. */
export interface EngineChoice {
  threads?: number;
  device?: EngineConfiguration['device'];
  engine?: EngineConfiguration['name'];
}

/** What `--threads`, `--device` and `--engine` put in place of a run's own engine. */
export function engineOverrides({ threads, device, engine }: EngineChoice): Partial<EngineConfiguration> {
  return {
    ...(threads === undefined ? {} : { threads }),
    ...(device === undefined ? {} : { device }),
    ...(engine === undefined ? {} : { name: engine }),
  };
}
