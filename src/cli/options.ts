import { InvalidArgumentError, Option } from 'commander';
import { cellIds } from '../config/cells.ts';
import { optimizerKinds } from '../config/schema.ts';
import type { EngineConfiguration } from '../config/schema.ts';
import { checkpointKinds, devices, directions, engineChoices, idsOf } from '../config/vocabulary.ts';
import { defaultRunsFolder } from '../runs/layout.ts';

/** A whole number in a range, or an error that says the range. */
function wholeNumber(least: number, most: number) {
  return (text: string): number => {
    const value = Number(text);
    if (text.trim() !== '' && Number.isInteger(value) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`);
  };
}

/** One number for all layers, or several with commas between them. */
function layerSizes(sizeOf: (text: string) => number) {
  return (text: string): number | number[] => (text.includes(',') ? text.split(',').map(sizeOf) : sizeOf(text));
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

/** A learning rate, or an error that says its range. */
function learningRate(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && value > 0 && value <= 1_000_000) return value;
  throw new InvalidArgumentError('It must be above 0 and at most 1000000.');
}

/** Options that several commands have, each made anew: commander keeps the parsed value in them. */
export const options = {
  runs: () => new Option('--runs <dir>', 'the folder that holds the runs').default(defaultRunsFolder),
  detach: () => new Option('--detach', 'train in a process of its own, and return as soon as it has begun'),
  json: () => new Option('--json', 'print one JSON object per line, and nothing else, on stdout'),
  threads: (zero = 'for all cores') =>
    new Option('--threads <n>', `number of CPU threads; 0 ${zero}`).argParser(wholeNumber(0, 1024)),
  device: () => new Option('--device <device>', 'the device to compute on').choices(idsOf(devices)),
  engine: () =>
    new Option('--engine <engine>', 'the engine; auto is onnx if it loads, otherwise tensorflow').choices(
      idsOf(engineChoices),
    ),
  checkpoint: () =>
    new Option(
      '--checkpoint <which>',
      'the newest weights or those with the best validation perplexity (default: best if the run has early stopping, otherwise newest)',
    ).choices(idsOf(checkpointKinds)),
  cell: () => new Option('--cell <cell>', 'the recurrent cell').choices(cellIds),
  direction: () =>
    new Option('--direction <direction>', 'predict each word from the words before it, or from both sides').choices(
      idsOf(directions),
    ),
  layers: () => new Option('--layers <n>', 'stacked recurrent layers').argParser(wholeNumber(1, 16)),
  hiddenSize: () =>
    new Option('--hidden-size <n>', 'units per layer, or those of each layer with commas: 300,200').argParser(
      layerSizes(wholeNumber(1, 8192)),
    ),
  optimizer: () => new Option('--optimizer <optimizer>', 'the optimiser').choices(optimizerKinds),
  data: () =>
    new Option('--data <path>', 'a PTB folder, a folder with train.txt, valid.txt and test.txt, or a text file'),
  epochs: () => new Option('--epochs <n>', 'passes over the training text').argParser(wholeNumber(1, 10_000)),
  maxSteps: () =>
    new Option('--max-steps <n>', 'stop after this many steps, then evaluate').argParser(
      wholeNumber(1, Number.MAX_SAFE_INTEGER),
    ),
  seed: (what = 'the seed of the initial weights and of dropout') =>
    new Option('--seed <n>', what).argParser(wholeNumber(0, 0xffff_ffff)),
  learningRate: () =>
    new Option(
      '--learning-rate <rate>',
      'the learning rate from now on, before the schedule: a lower one for a run that diverged (default: as before)',
    ).argParser(learningRate),
  acceptConfig: () =>
    new Option(
      '--accept-config',
      'take config.json as it is now where it was changed since the checkpoint (default: what the checkpoint was made with)',
    ),
  text: () => new Option('--text <text>', 'the text; - for standard input').makeOptionMandatory(),
  top: () => new Option('--top <k>', 'number of words to print').argParser(wholeNumber(1, 1000)).default(10),
  words: () =>
    new Option('--words <n>', 'number of words to generate').argParser(wholeNumber(1, 1_000_000)).default(50),
  temperature: () =>
    new Option(
      '--temperature <x>',
      'below 1 favours likely words, above 1 rarer ones; 0 always takes the most likely word',
    )
      .argParser(numberFrom(0, 100))
      .default(1),
  topK: () =>
    new Option('--top-k <k>', 'sample from the k most likely words; 0 for all')
      .argParser(wholeNumber(0, 0x7fff_ffff))
      .default(0),
  topP: () =>
    new Option(
      '--top-p <p>',
      'sample from the most likely words whose probabilities add up to p (nucleus sampling); 1 for all',
    )
      .argParser(probability)
      .default(1),
  noTest: () => new Option('--no-test', 'skip the test at the end'),
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
