import type { Command } from 'commander';
import { nextWords } from '../inference/nextWords.ts';
import { ConfigurationError } from '../util/errors.ts';
import { findRun } from '../runs/layout.ts';
import { tellUnknown, textOf, withModel } from './model.ts';
import type { ModelOptions } from './model.ts';
import { options } from './options.ts';
import { printJson, printLine } from './output.ts';

interface PredictOptions extends ModelOptions {
  text: string;
  after: string;
  top: number;
  json?: boolean;
}

/** `seqlab predict RUN`: the likeliest words after a text. */
export function addPredictCommand(program: Command): void {
  program
    .command('predict <run>')
    .summary('predict the next word')
    .description(
      'Print the most likely words after a text. The text is read as the beginning of a sentence. A bidirectional model fills the gap between --text and --after.',
    )
    .addOption(options.text())
    .option('--after <text>', 'the text after the gap, for a bidirectional model', '')
    .addOption(options.top())
    .addOption(options.checkpoint())
    .addOption(options.threads())
    .addOption(options.runs())
    .addOption(options.json())
    .action(async (run: string, given: PredictOptions) => {
      await findRun(run, given.runs);
      const text = await textOf(given.text);
      const { after, top } = given;
      const sampling = { temperature: 1, topK: 0, topP: 1, banUnknown: false };
      await withModel(run, given, async (model, signal) => {
        if (after !== '' && !model.isBidirectional)
          throw new ConfigurationError('--after is for bidirectional models: this one reads forwards only.');
        const { next, unknown } = await nextWords(model, { text, after, top, sampling }, signal);
        if (given.json) {
          printJson({ text, next, unknown });
          return;
        }
        for (const { word, probability } of next) printLine(`${(probability * 100).toFixed(2).padStart(6)} %  ${word}`);
        tellUnknown(unknown);
      });
    });
}
