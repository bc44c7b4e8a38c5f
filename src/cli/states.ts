import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from 'commander';
import { statesOfText } from '../inference/states.ts';
import type { Series } from '../protocol/inference.ts';
import { lstmVisFiles } from '../runs/lstmvis.ts';
import { makeFolders } from '../util/folders.ts';
import { textOf, withModel } from './model.ts';
import type { ModelOptions } from './model.ts';
import { options } from './options.ts';
import { printJson } from './output.ts';

interface StatesOptions extends ModelOptions {
  text: string;
  json?: boolean;
  hdf5?: string;
}

/** `seqlab states RUN`: the states and gates of every layer at every token of a text. */
export function addStatesCommand(program: Command): void {
  program
    .command('states <run>')
    .summary('the hidden states of a text')
    .description(
      'Print the states and gates of every layer and direction at every token of a text, each [token][unit]. The text is read after <eos> (backward layers: from its end, after <eos>), from zero states.',
    )
    .addOption(options.text())
    .addOption(options.checkpoint())
    .addOption(options.threads())
    .addOption(options.runs())
    .addOption(options.json())
    .option('--hdf5 <folder>', 'write them as the folder that LSTMVis reads: HDF5 files, a dictionary and lstm.yml')
    .action((run: string, given: StatesOptions) =>
      withModel(run, given, async (model, signal) => {
        const text = await textOf(given.text);
        const { layers, direction, series: names } = model.facts;
        const readings = direction === 'bidirectional' ? (['forward', 'backward'] as const) : (['forward'] as const);
        const series = readings.flatMap((reading) =>
          Array.from({ length: layers }, (_, layer) => names.map((name): Series => ({ reading, layer, name }))).flat(),
        );
        const { tokens, units, values } = await statesOfText(model, { text, series }, { signal });
        if (given.hdf5 !== undefined) {
          const named = series.map((one, index) => ({ ...one, values: values[index] ?? new Float32Array() }));
          const words = tokens.map(({ readAs }) => readAs);
          await makeFolders(given.hdf5);
          for (const { name, content } of lstmVisFiles({ name: run, words, units, series: named }))
            await writeFile(join(given.hdf5, name), content);
        }
        const rowsOf = (name: string, layer: number, reading: Series['reading']): number[][] | undefined => {
          const index = series.findIndex((one) => one.name === name && one.layer === layer && one.reading === reading);
          const found = values[index];
          return found && tokens.map((_, token) => Array.from(found.subarray(token * units, (token + 1) * units)));
        };
        if (given.json) {
          const states = ['h', 'c'].filter((name) => names.includes(name));
          const gates = names.filter((name) => !states.includes(name));
          printJson({
            tokens: tokens.map(({ token }) => token),
            layers: readings.flatMap((reading) =>
              Array.from({ length: layers }, (_, layer) => ({
                direction: reading,
                ...Object.fromEntries(states.map((name) => [name, rowsOf(name, layer, reading)])),
                gates: Object.fromEntries(gates.map((name) => [name, rowsOf(name, layer, reading)])),
              })),
            ),
          });
          return;
        }
        for (const [index, { reading, layer, name }] of series.entries()) {
          process.stdout.write(`${reading} layer ${layer + 1}, ${name}\n`);
          for (const [token, { token: text }] of tokens.entries()) {
            const row = values[index]?.subarray(token * units, (token + 1) * units) ?? [];
            const strongest = Array.from(row, (value, unit) => ({ value, unit })).sort(
              (a, b) => Math.abs(b.value) - Math.abs(a.value),
            );
            const told = strongest.slice(0, 5).map(({ value, unit }) => `${unit + 1}: ${value.toFixed(3)}`);
            process.stdout.write(`  ${text.padEnd(16)} strongest units ${told.join(', ')}\n`);
          }
        }
      }),
    );
}
