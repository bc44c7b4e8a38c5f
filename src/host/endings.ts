import { createHash } from 'node:crypto';
import { mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import { commands, window } from 'vscode';
import type { Disposable, ExtensionContext } from 'vscode';

import type { Experiments, WholeRun } from './experiments.ts';
import { isActive, nameOf } from './experiments.ts';
import type { ExperimentNode } from './experimentTree.ts';
import type { Log } from './log.ts';
import { logError } from './log.ts';
import { perplexityInWords, stoppedByHand } from './runWords.ts';
import { inMessage, shortened } from './text.ts';

/** Folders of the runs that trained when this window last looked: what ended during a reload is told after it. */
const activeKey = 'activeRuns';

type Action = 'Show Loss Curves' | 'Open Log' | 'Resume';

const actionCommands: Readonly<Record<Action, string>> = {
  'Show Loss Curves': 'sequenceLab.showCurves',
  'Open Log': 'sequenceLab.openLog',
  Resume: 'sequenceLab.resume',
};

/** Tells once of every run that ends, however many windows watch it. */
export class Endings implements Disposable {
  private readonly subscription: Disposable;
  private active: Set<string>;

  constructor(
    private readonly context: ExtensionContext,
    private readonly experiments: Experiments,
    private readonly log: Log,
  ) {
    this.active = new Set(context.workspaceState.get<string[]>(activeKey, []));
    this.subscription = experiments.onDidChange(() => this.look());
    this.look();
  }

  private look(): void {
    const { runs } = this.experiments;
    // Before the folders have been read for the first time nothing is known.
    if (runs.length === 0) return;
    const active = new Set(runs.filter(isActive).map(({ folder }) => folder));
    for (const folder of this.active) {
      const run = this.experiments.find(folder);
      if (run?.kind === 'run' && !active.has(folder)) void this.tell(run);
    }
    const isSame = active.size === this.active.size && [...active].every((folder) => this.active.has(folder));
    this.active = active;
    if (!isSame) void this.context.workspaceState.update(activeKey, [...active]);
  }

  private async tell(run: WholeRun): Promise<void> {
    if (!(await this.claim(run).catch(() => true))) return;
    const { text, actions, isProblem } = endingOf(run);
    this.log.info(`${run.id}: ${text}`);
    const show = isProblem ? window.showWarningMessage : window.showInformationMessage;
    const chosen = await show<Action>(inMessage(text), ...actions);
    if (chosen === undefined) return;
    const node: ExperimentNode = { kind: 'run', folder: run.folder };
    await commands.executeCommand(actionCommands[chosen], node).then(undefined, (error: unknown) => {
      logError(this.log, chosen, error);
    });
  }

  /** Of all windows that see the end of a run, the one that makes this file tells of it. */
  private async claim(run: WholeRun): Promise<boolean> {
    const folder = join(this.context.globalStorageUri.fsPath, 'told');
    await mkdir(folder, { recursive: true });
    const name = createHash('sha256').update(`${run.folder}\n${run.status.startedAt}`).digest('hex').slice(0, 32);
    try {
      await (await open(join(folder, name), 'wx')).close();
      return true;
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
      throw error;
    }
  }

  dispose(): void {
    this.subscription.dispose();
  }
}

/** What is said of a run that has ended, and what can be done. */
function endingOf(run: WholeRun): { text: string; actions: Action[]; isProblem: boolean } {
  const name = `“${shortened(nameOf(run))}”`;
  const { latest, best, message, progress } = run.status;
  const at = `at step ${progress.step.toLocaleString('en-US')} of ${progress.totalSteps.toLocaleString('en-US')}`;
  switch (run.state) {
    case 'done': {
      const figures = [
        ...(latest.testPerplexity === undefined ? [] : [`test perplexity ${perplexityInWords(latest.testPerplexity)}`]),
        ...(best.validPerplexity === undefined ? [] : [`best validation ${perplexityInWords(best.validPerplexity)}`]),
      ];
      const text = `${name} is trained${figures.length === 0 ? '' : `: ${figures.join(', ')}`}.`;
      return { text, actions: ['Show Loss Curves'], isProblem: false };
    }
    case 'diverged':
    case 'failed': {
      const what = run.state === 'failed' ? 'failed' : 'diverged';
      const actions: Action[] = run.state === 'failed' ? ['Resume', 'Open Log'] : ['Show Loss Curves', 'Open Log'];
      return { text: `${name} ${what} ${at}. ${message ?? ''}`.trim(), actions, isProblem: true };
    }
    default: {
      if (stoppedByHand(run))
        return { text: `${name} was stopped ${at}.`, actions: ['Resume', 'Show Loss Curves'], isProblem: false };
      const text = `${name} was interrupted ${at}: its process is gone.`;
      return { text, actions: ['Resume', 'Show Loss Curves'], isProblem: true };
    }
  }
}
