import { Option } from 'commander';
import type { Command } from 'commander';
import { measureOf } from '../config/measures.ts';
import type { LoadedModel } from '../inference/loadedModel.ts';
import { scoreFile } from '../inference/scoreFile.ts';
import type { FileScore } from '../inference/scoreFile.ts';
import { scoreText } from '../inference/scores.ts';
import { ConfigurationError } from '../util/errors.ts';
import { findRun } from '../runs/layout.ts';
import { tellUnknown, textOf, unknownOf, withModel } from './model.ts';
import type { ModelOptions } from './model.ts';
import { options } from './options.ts';
import { printJson, printLine } from './output.ts';

interface ScoreOptions extends ModelOptions {
  text?: string;
  file?: string;
  json?: boolean;
}

/** `seqlab score RUN`: how probable each token of a text is. */
export function addScoreCommand(program: Command): void {
  program
    .command('score <run>')
    .summary('score how probable a text is')
    .description(
      'Print the probability, surprisal and rank of each token of a text. With --text, the text is read as the beginning of a sentence, and every token is scored. With --file, the text is read as by eval: every token but the first is scored.',
    )
    .addOption(options.text().makeOptionMandatory(false).conflicts('file'))
    .addOption(new Option('--file <path>', 'a text file in the format of the corpus'))
    .addOption(options.checkpoint())
    .addOption(options.threads())
    .addOption(options.runs())
    .addOption(options.json())
    .action(async (run: string, given: ScoreOptions) => {
      const { file } = given;
      if (given.text === undefined && file === undefined)
        throw new ConfigurationError('Nothing to score: give a text with --text or a file with --file.');
      await findRun(run, given.runs);
      const text = await textOf(given.text ?? '');
      await withModel(run, given, async (model, signal) => {
        const { score, unknown } = await scoreOf(model, { text, file }, signal);
        const tokens = score.tokens.map(({ token, probability, bits, rank }) => ({ token, probability, bits, rank }));
        const measure = measureOf(model.model);
        if (given.json) {
          printJson({ tokens, perplexity: score.perplexity, measure, unknown });
          return;
        }
        for (const { token, probability, bits, rank } of tokens)
          printLine(
            `${bits.toFixed(2).padStart(6)} bits  ${(probability * 100).toFixed(3).padStart(7)} %  rank ${String(rank).padStart(5)}  ${token}`,
          );
        const figure = score.perplexity === null ? 'no token to score' : score.perplexity.toFixed(3);
        printLine(`${measure}: ${figure} (${tokens.length.toLocaleString('en-US')} tokens)`);
        tellUnknown(unknown);
      });
    });
}

/** @returns `unknown`: the words of a text that the model does not know; those of a file stand as `<unk>` in its tokens */
async function scoreOf(
  model: LoadedModel,
  { text, file }: { text: string; file: string | undefined },
  signal: AbortSignal,
): Promise<{ score: FileScore; unknown: string[] }> {
  if (file !== undefined) return { score: await scoreFile(model, file, { signal }), unknown: [] };
  const score = await scoreText(model, { text, top: 0 }, { signal });
  return { score, unknown: unknownOf(score.tokens) };
}
