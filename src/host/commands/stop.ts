import { ProgressLocation, window } from 'vscode';
import type { Progress } from 'vscode';

import type { WholeRun } from '../experiments/experiments.ts';
import type { Extension } from '../extensionParts.ts';
import { inMessage, shortened } from '../text.ts';
import { stopRun } from '../../trainers/stopping.ts';
import type { StopOutcome, StopProgress } from '../../trainers/stopping.ts';
import { describeOutcome, describeWait } from '../../trainers/stopWords.ts';

/** A stop that takes longer is shown while it lasts. */
const quickMilliseconds = 1000;

/**
 * Stops a run, and shows what it waits for where that takes a while. How the run ended is told by RunEndNotifier; of one whose
 * process had to be killed it is told here.
 *
 * @throws FileError where nothing on this machine trains the run
 */
export async function stopAndTell(
  { log, runEndNotifier }: Pick<Extension, 'log' | 'runEndNotifier'>,
  run: WholeRun,
): Promise<void> {
  const name = `“${shortened(run.config.configuration.name)}”`;
  let isClaimed = false;
  const outcome = await withProgress(`Stopping ${name}`, (onProgress) =>
    stopRun(run.folder, {
      onProgress,
      // Else it would be told that the process ended unexpectedly.
      onKill: async () => {
        isClaimed = true;
        await runEndNotifier.claim(run).catch(() => undefined);
      },
    }),
  );
  log.info(`${run.id}: ${describeOutcome(outcome)}`);
  if (!isClaimed) return;
  const text = `${name}: ${describeOutcome(outcome)}.`;
  // Not waited for: a notification may stand for hours.
  void runEndNotifier.show(run, { text, actions: ['Resume', 'Open Log'], isProblem: outcome.how === 'killed' });
}

async function withProgress(
  title: string,
  work: (onProgress: (progress: StopProgress) => void) => Promise<StopOutcome>,
): Promise<StopOutcome> {
  let latest: StopProgress | undefined;
  let bar: Progress<{ message?: string }> | undefined;
  const show = (): void => {
    if (latest !== undefined) bar?.report({ message: inMessage(describeWait(latest)) });
  };
  const working = work((progress) => {
    latest = progress;
    show();
  });
  const timer = setTimeout(() => {
    const options = { location: ProgressLocation.Notification, title: inMessage(title) };
    void window.withProgress(options, async (progress) => {
      bar = progress;
      show();
      // What goes wrong is told by who waits for the stop.
      await working.catch(() => undefined);
    });
  }, quickMilliseconds);
  try {
    return await working;
  } finally {
    clearTimeout(timer);
  }
}
