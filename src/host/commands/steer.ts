import { window } from 'vscode';

import type { WholeRun } from '../experiments/experiments.ts';
import { isActive, isResumable, isWhole, nameOf } from '../experiments/experiments.ts';
import type { Extension, RunResuming } from '../extensionParts.ts';
import { showError } from '../log.ts';
import { continueRun, pauseRun, saveCheckpointNow } from '../../trainers/steering.ts';
import { inMessage, shortened } from '../text.ts';
import { checkTrust } from '../trust.ts';
import { resumeInterrupted } from './begin.ts';
import { chooseRun, folderOf } from './chooseRun.ts';
import { stopAndTell } from './stop.ts';

/** Stop, pause, resume, checkpoint: on the run of the menu that was used, else on one that is asked for. */

export async function stop(
  extension: Pick<Extension, 'experiments' | 'log' | 'runEndNotifier'>,
  argument?: unknown,
): Promise<void> {
  await steer(extension, argument, {
    title: 'Stop Training',
    none: 'No run is training.',
    fits: isActive,
    act: (run) => stopAndTell(extension, run),
  });
}

export async function pause(extension: Pick<Extension, 'experiments' | 'log'>, argument?: unknown): Promise<void> {
  await steer(extension, argument, {
    title: 'Pause',
    none: 'No run is training.',
    fits: (run) => isActive(run) && run.state === 'running',
    act: (run) => pauseRun(run.folder),
  });
}

export async function resume(extension: RunResuming, argument?: unknown): Promise<void> {
  const named = folderOf(argument);
  await steer(extension, argument, {
    title: 'Resume',
    none: 'No run is paused or interrupted.',
    // One that has diverged only where it is meant by name: it goes on with another learning rate.
    fits: (run) => isResumable(run) || run.state === 'paused' || (run.state === 'diverged' && run.folder === named),
    act: async (run) => {
      if (run.state === 'paused') return continueRun(run.folder);
      const given = { folder: run.folder, name: nameOf(run) };
      if (run.state !== 'diverged') return resumeInterrupted(extension, given);
      const learningRate = await askLearningRate(run);
      if (learningRate !== undefined) await resumeInterrupted(extension, { ...given, learningRate });
    },
  });
}

async function askLearningRate({ config, status }: WholeRun): Promise<number | undefined> {
  const { learningRate } = config.configuration.training;
  const isLowerRate = (rate: number) => rate > 0 && rate < learningRate;
  const text = await window.showInputBox({
    title: 'Resume with Lower Learning Rate',
    prompt: inMessage(`The run continues from its last good checkpoint. Its learning rate was ${learningRate}.`),
    value: String(status.lowerLearningRate ?? learningRate / 4),
    // The notification that it comes from takes the focus with it as it goes.
    ignoreFocusOut: true,
    validateInput: (text) => (isLowerRate(Number(text)) ? undefined : `A number above 0 and below ${learningRate}.`),
  });
  return text === undefined ? undefined : Number(text);
}

export async function saveCheckpoint(
  extension: Pick<Extension, 'experiments' | 'log'>,
  argument?: unknown,
): Promise<void> {
  await steer(extension, argument, {
    title: 'Save Checkpoint Now',
    none: 'No run is training.',
    fits: isActive,
    act: async (run) => {
      const step = await saveCheckpointNow(run.folder);
      window.setStatusBarMessage(`Checkpoint of step ${step.toLocaleString('en-US')} saved`, 5000);
    },
  });
}

interface Steering {
  readonly title: string;
  readonly none: string;
  readonly fits: (run: WholeRun) => boolean;
  readonly act: (run: WholeRun) => Promise<void>;
}

async function steer(
  extension: Pick<Extension, 'experiments' | 'log'>,
  argument: unknown,
  steering: Steering,
): Promise<void> {
  if (!checkTrust()) return;
  const { title, none, act, fits } = steering;
  const run = await chooseRun(extension, argument, {
    title,
    none,
    fits: (run): run is WholeRun => isWhole(run) && fits(run),
  });
  if (run === undefined) return;
  try {
    await act(run);
  } catch (error) {
    showError(extension.log, inMessage(`${title}: “${shortened(nameOf(run))}”`), error);
  }
  await extension.experiments.refresh();
}
