import { Option } from 'commander';
import type { Command } from 'commander';
import { detectCorpus } from '../corpus/corpus.ts';
import type { SplitName } from '../corpus/corpus.ts';
import { findRun } from '../runs/layout.ts';
import { evaluateRun } from '../training/sessions.ts';
import { interruptibly } from './interrupt.ts';
import { options } from './options.ts';
import { onNotice, printJson } from './output.ts';

interface EvalOptions {
  split: SplitName;
  data?: string;
  threads?: number;
  runs: string;
  json?: boolean;
}

/** `seqlab eval RUN`: the perplexity of a run's newest checkpoint on a text. */
export function addEvalCommand(program: Command): void {
  program
    .command('eval <run>')
    .summary('evaluate a run')
    .description("Evaluate a run's newest checkpoint on a split of its corpus, or of another text.")
    .addOption(new Option('--split <split>', 'which text').choices(['train', 'valid', 'test']).default('test'))
    .addOption(options.data())
    .addOption(options.threads())
    .addOption(options.runs())
    .addOption(options.json())
    .action(async (run: string, given: EvalOptions) => {
      const folder = await findRun(run, given.runs);
      const { split, threads } = given;
      const corpus = given.data === undefined ? undefined : await detectCorpus(given.data);
      const result = await interruptibly('ending', (signal) =>
        evaluateRun({ folder, split, corpus, engine: threads === undefined ? {} : { threads }, onNotice, signal }),
      );
      if (given.json) printJson({ split, ...result });
      else {
        const { perplexity, loss, tokens } = result;
        process.stdout.write(
          `${split}: perplexity ${perplexity.toFixed(3)} (${loss.toFixed(4)} nats a word over ${tokens.toLocaleString('en-US')} words)\n`,
        );
      }
    });
}
