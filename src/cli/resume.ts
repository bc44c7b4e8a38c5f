import type { Command } from 'commander';
import { findRun } from '../runs/layout.ts';
import { resumeRun } from '../training/sessions.ts';
import { resumeDetached } from './detach.ts';
import { engineOverrides, options } from './options.ts';
import type { EngineChoice } from './options.ts';
import { restartWithHugePages } from './restart.ts';
import { runSession } from './session.ts';

interface ResumeOptions extends EngineChoice {
  runs: string;
  detach?: boolean;
  json?: boolean;
  learningRate?: number;
  acceptConfig?: boolean;
}

/** `seqlab resume RUN`: goes on with an interrupted run, or with a diverged one at a lower learning rate. */
export function addResumeCommand(program: Command): void {
  program
    .command('resume <run>')
    .summary('resume an interrupted run')
    .description('Resume a run (its id or its folder) from its newest checkpoint.')
    .addOption(options.learningRate())
    .addOption(options.acceptConfig())
    .addOption(options.threads('to measure it again (default: the number that the run has used)'))
    .addOption(options.device())
    .addOption(options.engine())
    .addOption(options.runs())
    .addOption(options.detach())
    .addOption(options.json())
    .action(async (run: string, given: ResumeOptions) => {
      if (given.detach) return resumeDetached(await findRun(run, given.runs), given);
      restartWithHugePages();
      const folder = await findRun(run, given.runs);
      const engine = engineOverrides(given);
      await runSession(given, (listener) =>
        resumeRun({
          ...listener,
          folder,
          engine,
          learningRate: given.learningRate,
          acceptConfig: given.acceptConfig,
        }),
      );
    });
}
