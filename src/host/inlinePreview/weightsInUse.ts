import { listCheckpoints } from '../../runs/checkpoints.ts';
import type { WholeRun } from '../experiments/experiments.ts';

/** Notices that a run has saved other weights than those that were asked before: what they said is out of date. */
export class WeightsInUse {
  private run: WholeRun | undefined;
  private stamp: string | undefined;
  /** The look before: an older one must not have the last word. */
  private looking: Promise<unknown> = Promise.resolve();

  /** @param stampOf names the weights that stand for a run; another one is for tests */
  constructor(private readonly stampOf = stampOfWeights) {}

  /**
   * @returns whether the weights that stand for the run are others than when this was last asked; false where it was not
   *   asked before, and where the checkpoints cannot be read now
   */
  haveChanged(run: WholeRun): Promise<boolean> {
    const look = this.looking.then(() => this.look(run));
    this.looking = look;
    return look;
  }

  private async look(run: WholeRun): Promise<boolean> {
    // The list of runs makes a new one of a run whose files have changed.
    if (run === this.run) return false;
    const stamp = await this.stampOf(run).catch(() => undefined);
    if (stamp === undefined) return false;
    this.run = run;
    const before = this.stamp;
    this.stamp = stamp;
    return before !== undefined && before !== stamp;
  }
}

/** Names the weights that the model server takes where none are asked for by name. */
async function stampOfWeights({ folder, config }: WholeRun): Promise<string> {
  const stopsEarly = config.configuration.training.earlyStoppingEpochs !== null;
  const best = stopsEarly ? await listCheckpoints(folder, 'best') : [];
  const [first] = best.length > 0 ? best : await listCheckpoints(folder);
  return first === undefined ? '' : `${best.length > 0 ? 'best' : 'newest'} ${first.step} ${first.savedAt}`;
}
