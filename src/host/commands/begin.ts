import { ProgressLocation, window } from 'vscode';
import type { Uri } from 'vscode';

import type { Configuration } from '../../config/schema.ts';
import type { Extension, RunResuming, RunStarting } from '../extensionParts.ts';
import { showError } from '../log.ts';
import { folderForNewRun } from '../experiments/runsFolders.ts';
import { inMessage, shortened } from '../text.ts';
import type { LaunchOptions } from '../processes/trainerLauncher.ts';

/**
 * Starts a run and shows its curves. What goes wrong is told to the user.
 *
 * @param about the file that it was started from: the run goes to that workspace folder
 */
export async function beginRun(extension: RunStarting, configuration: Configuration, about?: Uri): Promise<void> {
  const { context, launcher, ties } = extension;
  await begin(extension, `Starting “${shortened(configuration.name)}”`, async (options) => {
    const runsFolder = await folderForNewRun(context, about);
    return launcher.start({ configuration, runsFolder, stopWhenAlone: ties.isWanted }, options);
  });
}

/** Goes on with an interrupted run, or with a diverged one at another learning rate, and shows its curves. */
export async function resumeInterrupted(
  extension: RunResuming,
  run: { folder: string; name: string; learningRate?: number },
): Promise<void> {
  const { launcher, ties } = extension;
  await begin(extension, `Resuming “${shortened(run.name)}”`, (options) =>
    launcher.resume({ folder: run.folder, stopWhenAlone: ties.isWanted, learningRate: run.learningRate }, options),
  );
}

async function begin(
  extension: Pick<Extension, 'experiments' | 'log' | 'panels' | 'runEndNotifier' | 'ties'>,
  title: string,
  launch: (options: LaunchOptions) => Promise<{ folder: string }>,
): Promise<void> {
  const { experiments, panels, ties, runEndNotifier, log } = extension;
  const controller = new AbortController();
  const progress = { location: ProgressLocation.Notification, title: inMessage(title), cancellable: true };
  try {
    const { folder } = await window.withProgress(progress, (report, token) => {
      token.onCancellationRequested(() => controller.abort());
      return launch({
        signal: controller.signal,
        onNotice: (sentence) => report.report({ message: inMessage(sentence) }),
      });
    });
    // Before it is seen: one that fails at once is told of too.
    runEndNotifier.expect(folder);
    await experiments.refresh();
    await ties.add(folder);
    panels.show('curves', { keys: [folder] });
  } catch (error) {
    if (controller.signal.aborted) log.info(`${title}: cancelled`);
    else showError(log, title, error);
  }
}
