import type { Command } from 'commander';
import { generate } from '../inference/generation.ts';
import { tokensOf } from '../inference/nextWords.ts';
import { findRun } from '../runs/layout.ts';
import { tellUnknown, textOf, unknownOf, withModel } from './model.ts';
import type { ModelOptions } from './model.ts';
import { options } from './options.ts';
import { printJson } from './output.ts';
import { shownLines } from '../util/shown.ts';

interface GenerateOptions extends ModelOptions {
  prompt: string;
  words: number;
  temperature: number;
  topK: number;
  topP: number;
  seed: number;
  unknown?: boolean;
  json?: boolean;
}

/** `seqlab generate RUN`: words drawn after a prompt. */
export function addGenerateCommand(program: Command): void {
  program
    .command('generate <run>')
    .summary('continue a text')
    .description(
      'Continue a prompt by sampling one word after the other. The same seed gives the same text. A bidirectional model only fills gaps and cannot generate text.',
    )
    .option('--prompt <text>', 'the text to continue; - for standard input', '')
    .addOption(options.words())
    .addOption(options.temperature())
    .addOption(options.topK())
    .addOption(options.topP())
    .addOption(options.seed('seed of the sampling').default(1))
    .option('--unknown', 'allow the unknown word (<unk>) in the text')
    .addOption(options.checkpoint())
    .addOption(options.threads())
    .addOption(options.runs())
    .addOption(options.json())
    .action(async (run: string, given: GenerateOptions) => {
      await findRun(run, given.runs);
      const prompt = await textOf(given.prompt);
      const { words, temperature, topK, topP, seed, unknown, json } = given;
      const sampling = { temperature, topK, topP, banUnknown: unknown !== true };
      await withModel(run, given, async (model, signal) => {
        const notKnown = unknownOf(tokensOf(model, prompt));
        // What is refused prints nothing.
        let before = prompt;
        const print = ({ text }: { text: string }): void => {
          process.stdout.write(shownLines(before + text));
          before = '';
        };
        const onWords = json ? undefined : print;
        const drawn = await generate(model, { prompt, words, sampling, seed }, { signal, onWords });
        if (json) printJson({ prompt, seed, ...drawn, unknown: notKnown });
        else {
          process.stdout.write(`${shownLines(before)}\n`);
          tellUnknown(notKnown);
        }
        signal.throwIfAborted();
      });
    });
}
