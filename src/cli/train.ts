import { readFile } from 'node:fs/promises';
import { Option } from 'commander';
import type { Command } from 'commander';
import { configurationKeys } from '../config/keys.ts';
import { resolveConfiguration } from '../config/parse.ts';
import { presetNames, presets } from '../config/presets.ts';
import type { Configuration, ModelConfiguration, OptimizerConfiguration } from '../config/schema.ts';
import { detectCorpus } from '../corpus/corpus.ts';
import { startRun } from '../training/sessions.ts';
import { ConfigurationError } from '../util/errors.ts';
import { fileErrorFrom } from '../util/fileErrors.ts';
import { startDetached } from './detach.ts';
import { engineOverrides, options } from './options.ts';
import type { EngineChoice } from './options.ts';
import { restartWithHugePages } from './restart.ts';
import { runSession } from './session.ts';

interface TrainOptions extends EngineChoice {
  preset?: string;
  config?: string;
  data?: string;
  set: string[];
  cell?: ModelConfiguration['cell'];
  direction?: ModelConfiguration['direction'];
  layers?: number;
  hiddenSize?: number | number[];
  optimizer?: OptimizerConfiguration['kind'];
  epochs?: number;
  maxSteps?: number;
  seed?: number;
  runs: string;
  name?: string;
  test: boolean;
  detach?: boolean;
  json?: boolean;
}

/** `seqlab train`: makes a run and trains it to its end. */
export function addTrainCommand(program: Command): void {
  program
    .command('train')
    .summary('train a model')
    .description('Train a model on the built-in corpus, or on the text given with --data.')
    .option('--preset <name>', `the preset to start from: ${presetNames.join(', ')}`)
    .option('--config <file>', 'a configuration file (JSON)')
    .addOption(options.data())
    .addOption(
      new Option('--set <key.path=value>', 'set one key of the configuration (repeatable)')
        .argParser(collect)
        .default([], 'none'),
    )
    .addOption(options.cell())
    .addOption(options.direction())
    .addOption(options.layers())
    .addOption(options.hiddenSize())
    .addOption(options.optimizer())
    .addOption(options.epochs())
    .addOption(options.maxSteps())
    .addOption(options.seed())
    .addOption(options.threads('to find the best number by a short measurement'))
    .addOption(options.device())
    .addOption(options.engine())
    .addOption(options.runs())
    .option('--name <text>', 'the name of the run')
    .addOption(options.noTest())
    .addOption(options.detach())
    .addOption(options.json())
    .addHelpText('after', () => `${presetHelp()}\n${keyHelp()}`)
    .action(async (given: TrainOptions) => {
      if (given.detach) return startDetached(await configurationOf(given), given);
      restartWithHugePages();
      const configuration = await configurationOf(given);
      await runSession(given, (listener) => startRun({ ...listener, configuration, runsFolder: given.runs }));
    });
}

async function configurationOf(given: TrainOptions): Promise<Configuration> {
  const file = given.config === undefined ? undefined : { path: given.config, text: await readConfig(given.config) };
  const { name, seed, epochs, maxSteps, cell, direction, hiddenSize } = given;
  const layers = given.layers ?? (typeof hiddenSize === 'object' ? hiddenSize.length : undefined);
  const optimizer = given.optimizer === undefined ? undefined : { kind: given.optimizer };
  const corpus = given.data === undefined ? undefined : await detectCorpus(given.data);
  // Without a word on the preset: the demo, or with a text of one's own what gives the most in a few minutes.
  const preset = given.preset ?? (file ? undefined : corpus ? 'quick' : 'demo');
  return resolveConfiguration({
    preset,
    file,
    values: {
      name,
      seed,
      corpus,
      model: { cell, direction, layers, hiddenSize },
      training: { epochs, maxSteps, optimizer },
      evaluation: given.test ? undefined : { test: false },
      engine: engineOverrides(given),
    },
    overrides: given.set,
  });
}

async function readConfig(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const { message } = fileErrorFrom(error, `cannot read the configuration file ${path}`);
    throw new ConfigurationError(message, { cause: error });
  }
}

function collect(value: string, previous: string[]): string[] {
  return [...previous, value];
}

function presetHelp(): string {
  const rows = presetNames.map((name) => `  ${name.padEnd(10)}${presets[name].description}`);
  return `\nPresets (default: demo; quick with --data):\n${rows.join('\n')}`;
}

function keyHelp(): string {
  const rows = configurationKeys().map(({ path, description, expected, default: value, onlyWithKind }) => {
    const kind = onlyWithKind === undefined ? '' : ` (with kind ${onlyWithKind})`;
    const start = value === undefined ? '' : `; default ${JSON.stringify(value)}`;
    return `  ${path}${kind}: ${expected}${start}\n      ${description}`;
  });
  return `\nKeys for --set and --config:\n${rows.join('\n')}`;
}
