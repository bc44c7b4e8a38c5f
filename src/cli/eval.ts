import { Option } from 'commander';
import type { Command } from 'commander';
import { detectCorpus } from '../corpus/corpus.ts';
import type { SplitName } from '../corpus/corpus.ts';
import type { CheckpointKind } from '../runs/checkpoints.ts';
import { findRun } from '../runs/layout.ts';
import { evaluateRun } from '../training/results.ts';
import { interruptibly } from './interrupt.ts';
import { engineOverrides, options } from './options.ts';
import type { EngineChoice } from './options.ts';
import { onNotice, printJson } from './output.ts';

interface EvalOptions extends EngineChoice {
  split: SplitName;
  checkpoint?: CheckpointKind;
  data?: string;
  runs: string;
  json?: boolean;
}

/** `seqlab eval RUN`: the perplexity of a run's checkpoint on a text. */
export function addEvalCommand(program: Command): void {
  program
    .command('eval <run>')
    .summary('evaluate a run')
    .description("Evaluate a run's checkpoint on a split of its corpus, or of another text.")
    .addOption(new Option('--split <split>', 'which text').choices(['train', 'valid', 'test']).default('test'))
    .addOption(options.checkpoint())
    .addOption(options.data())
    .addOption(options.threads())
    .addOption(options.device())
    .addOption(options.engine())
    .addOption(options.runs())
    .addOption(options.json())
    .action(async (run: string, given: EvalOptions) => {
      const folder = await findRun(run, given.runs);
      const { split, checkpoint } = given;
      const corpus = given.data === undefined ? undefined : await detectCorpus(given.data);
      const result = await interruptibly('ending', (signal) =>
        evaluateRun({ folder, split, checkpoint, corpus, engine: engineOverrides(given), onNotice, signal }),
      );
      if (given.json) printJson({ split, ...result });
      else {
        const { perplexity, loss, tokens, measure } = result;
        process.stdout.write(
          `${split}: ${measure} ${perplexity.toFixed(3)} (${loss.toFixed(4)} nats per token over ${tokens.toLocaleString('en-US')} tokens)\n`,
        );
      }
    });
}
