import { basename } from 'node:path';
import type { Command } from 'commander';
import { findRun } from '../runs/layout.ts';
import { stopRun } from '../trainers/stopping.ts';
import type { StopOutcome, StopProgress } from '../trainers/stopping.ts';
import { describeOutcome, describeWait } from '../trainers/stopWords.ts';
import { SequenceLabError } from '../util/errors.ts';
import { options } from './options.ts';
import { onNotice, printJson, printLine } from './output.ts';
import { thisProgram } from './session.ts';

/** `seqlab stop RUN`: stops a run that trains in any process of this machine and user. */
export function addStopCommand(program: Command): void {
  program
    .command('stop <run>')
    .summary('stop a run that is training')
    .description(
      'Stop a run (its id or its folder) that is training, in whichever process: it saves a checkpoint first.',
    )
    .addOption(options.runs())
    .addOption(options.json())
    .action(async (run: string, given: { runs: string; json?: boolean }) => {
      const folder = await findRun(run, given.runs);
      const outcome = await stopAndTell(folder);
      const said = `Run ${basename(folder)}: ${describeOutcome(outcome)}.`;
      if (outcome.how === 'killed' || outcome.how === 'died') throw new SequenceLabError(said, 1);
      if (given.json) printJson({ event: 'stopped', run: basename(folder), directory: folder, ...figuresOf(outcome) });
      else for (const line of [said, ...adviceOn(outcome, folder)]) printLine(line);
    });
}

function adviceOn(outcome: StopOutcome, folder: string): string[] {
  return outcome.how === 'ended' ? [] : [`Resume it with: ${thisProgram()} resume ${JSON.stringify(folder)}`];
}

/** A stop that takes longer tells what it waits for. */
const quickMilliseconds = 1000;

async function stopAndTell(folder: string): Promise<StopOutcome> {
  let latest: StopProgress | undefined;
  let isSlow = false;
  const tell = () => {
    if (isSlow && latest !== undefined) onNotice(describeWait(latest));
  };
  const timer = setTimeout(() => {
    isSlow = true;
    tell();
  }, quickMilliseconds);
  const onProgress = (progress: StopProgress) => {
    latest = progress;
    tell();
  };
  try {
    return await stopRun(folder, { onProgress });
  } finally {
    clearTimeout(timer);
  }
}

function figuresOf(outcome: StopOutcome): object {
  if (outcome.how === 'stopped') return { step: outcome.step };
  return outcome.how === 'ended' ? { state: outcome.status.state } : {};
}
