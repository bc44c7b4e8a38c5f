import { listCheckpoints } from '../../runs/checkpoints.ts';
import type { WholeRun } from '../experiments/experiments.ts';

/** Notices that a run has saved other weights than those that were asked before: what they said is out of date. */
export class WeightsInUse {
  private run: WholeRun | undefined;
  private stamp: string | undefined;

  /**
   * @returns whether the weights that stand for the run are others than when this was last asked; false where it was not
   *   asked before, and where the checkpoints cannot be read now
   */
  async haveChanged(run: WholeRun): Promise<boolean> {
    // The list of runs makes a new one of a run whose files have changed.
    if (run === this.run) return false;
    this.run = run;
    const stamp = await stampOf(run).catch(() => undefined);
    if (stamp === undefined) return false;
    const before = this.stamp;
    this.stamp = stamp;
    return before !== undefined && before !== stamp;
  }
}

/** Names the weights that the model server takes where none are asked for by name. */
async function stampOf({ folder, config }: WholeRun): Promise<string> {
  const stopsEarly = config.configuration.training.earlyStoppingEpochs !== null;
  const best = stopsEarly ? await listCheckpoints(folder, 'best') : [];
  const [first] = best.length > 0 ? best : await listCheckpoints(folder);
  return first === undefined ? '' : `${best.length > 0 ? 'best' : 'newest'} ${first.step} ${first.savedAt}`;
}
