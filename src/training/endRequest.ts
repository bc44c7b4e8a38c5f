import type { EndCause } from '../runs/schema.ts';
import { InterruptedError } from '../util/errors.ts';

/** The first word of what is said. Versions of before 0.2.0 know by it whether a user ended the run. */
const verbs: Readonly<Record<EndCause, string>> = {
  user: 'Stopped',
  window: 'Stopped',
  signal: 'Interrupted',
  accident: 'Interrupted',
};

export interface EndReason {
  readonly by: EndCause;
  /** What it came from, as the end of a sentence, where that is more than `by` tells. */
  readonly why?: string;
}

/** Why a run ends before it is done: somebody's wish, or an accident outside of what it computes. */
export class EndRequest extends InterruptedError {
  constructor(
    readonly reason: EndReason,
    options?: ErrorOptions,
  ) {
    super(sentence(reason, 'before training began'), options);
  }

  /** @param step steps done */
  after(step: number): string {
    return sentence(this.reason, `after step ${step}`);
  }
}

function sentence({ by, why }: EndReason, when: string): string {
  return `${verbs[by]} ${when}${why === undefined ? '' : `: ${why.replace(/\.$/, '')}`}.`;
}
