import type { Command } from 'commander';
import { statesOfText } from '../inference/states.ts';
import type { TextStates } from '../inference/states.ts';
import type { Series } from '../protocol/inference.ts';
import { findRun } from '../runs/layout.ts';
import { allSeries, writeLstmVis } from './lstmvis.ts';
import { tellUnknown, textOf, unknownOf, withModel } from './model.ts';
import type { ModelOptions } from './model.ts';
import { options } from './options.ts';
import { printJson, printLine } from './output.ts';

interface StatesOptions extends ModelOptions {
  text: string;
  json?: boolean;
  hdf5?: string;
}

/** How many units of a token are told to a person. */
const toldUnits = 5;

/** `seqlab states RUN`: the states and gates of every layer at every token of a text. */
export function addStatesCommand(program: Command): void {
  program
    .command('states <run>')
    .summary('print the hidden states for a text')
    .description(
      'Print the states and gates of every layer and direction at every token of a text, each [token][unit]. The states start at zero, and <eos> is read before the text (for backward layers, which read from the end, after it).',
    )
    .addOption(options.text())
    .addOption(options.checkpoint())
    .addOption(options.threads())
    .addOption(options.runs())
    .addOption(options.json())
    .option('--hdf5 <folder>', 'write them to a folder that LSTMVis can read: HDF5 files, a dictionary and lstm.yml')
    .action(async (run: string, given: StatesOptions) => {
      await findRun(run, given.runs);
      const text = await textOf(given.text);
      await withModel(run, given, async (model, signal) => {
        const series = allSeries(model);
        const states = await statesOfText(model, { text, series }, { signal });
        if (given.hdf5 !== undefined) await writeLstmVis(given.hdf5, { name: run, series, states });
        if (given.json) printJson(asJson(series, states));
        else if (given.hdf5 === undefined) printStrongest(series, states);
        else printLine(`${states.tokens.length} tokens for LSTMVis in ${given.hdf5}`);
        if (!given.json) tellUnknown(unknownOf(states.tokens));
      });
    });
}

/** A layer and direction an entry, in the order of the series: states beside the gates. */
function asJson(series: readonly Series[], { tokens, units, values }: TextStates): object {
  const layers = new Map<string, { direction: string; gates: Record<string, number[][]>; [state: string]: unknown }>();
  for (const [index, { reading, layer, name }] of series.entries()) {
    const key = `${reading} ${layer}`;
    const entry = layers.get(key) ?? { direction: reading, gates: {} };
    layers.set(key, entry);
    const numbers = values[index] ?? new Float32Array(0);
    const count = units[index] ?? 0;
    const rows = tokens.map((_, token) => Array.from(numbers.subarray(token * count, (token + 1) * count), nineDigits));
    if (name === 'h' || name === 'c') entry[name] = rows;
    else entry.gates[name] = rows;
  }
  return { tokens: tokens.map(({ token }) => token), layers: [...layers.values()], unknown: unknownOf(tokens) };
}

/** Nine digits tell one float32 from every other. */
function nineDigits(value: number): number {
  return Number(value.toPrecision(9));
}

function printStrongest(series: readonly Series[], { tokens, units, values }: TextStates): void {
  for (const [index, { reading, layer, name }] of series.entries()) {
    const count = units[index] ?? 0;
    printLine(`${reading} layer ${layer + 1}, ${name}`);
    for (const [place, { token }] of tokens.entries()) {
      const row = values[index]?.subarray(place * count, (place + 1) * count) ?? [];
      const strongest = Array.from(row, (value, unit) => ({ value, unit }))
        .sort((a, b) => Math.abs(b.value) - Math.abs(a.value))
        .slice(0, toldUnits);
      const told = strongest.map(({ value, unit }) => `${unit + 1}: ${value.toFixed(3)}`).join(', ');
      printLine(`  ${token.padEnd(16)} strongest units ${told}`);
    }
  }
}
