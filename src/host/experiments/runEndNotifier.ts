import { createHash } from 'node:crypto';
import { mkdir, open, readdir, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { commands, window } from 'vscode';
import type { Disposable, ExtensionContext } from 'vscode';

import { listCheckpoints } from '../../runs/checkpoints.ts';
import { errorCode } from '../../util/fileErrors.ts';
import type { Experiments, WholeRun } from './experiments.ts';
import { hasEnded, isActive } from './experiments.ts';
import type { ExperimentNode } from './experimentTree.ts';
import type { Log } from '../log.ts';
import { logError } from '../log.ts';
import { endingOf } from './runEnding.ts';
import type { Ending, EndingAction } from './runEnding.ts';
import { inMessage } from '../text.ts';
import { commandName } from '../commandNames.ts';

/** Folders of the runs that trained when this window last looked: what ended during a reload is told after it. */
const activeKey = 'activeRuns';

const actionCommands: Readonly<Record<EndingAction, string>> = {
  'Show Loss Curves': commandName('showCurves'),
  'Open Log': commandName('openLog'),
  Resume: commandName('resume'),
  'Resume with Lower Learning Rate…': commandName('resume'),
};

/** Tells once of every run that ends, however many windows watch it. */
export class RunEndNotifier implements Disposable {
  private readonly subscription: Disposable;
  /** Folders of the runs whose end is still to be told. */
  private readonly awaited: Set<string>;
  /** Of these it is being made sure that they have ended. */
  private readonly doubtful = new Set<string>();
  private isReady = false;

  constructor(
    private readonly context: ExtensionContext,
    private readonly experiments: Experiments,
    private readonly log: Log,
  ) {
    this.awaited = new Set(context.workspaceState.get<string[]>(activeKey, []));
    this.subscription = experiments.onDidChange(() => this.look());
    // Before all folders have been read, a run that is not there may still come.
    void experiments.ready().then(() => {
      this.isReady = true;
      this.look();
    });
  }

  /** A run was just begun: its end is told, however soon it comes. */
  expect(folder: string): void {
    this.awaited.add(folder);
  }

  private look(): void {
    if (!this.isReady) return;
    const before = [...this.awaited].join('\n');
    for (const run of this.experiments.runs) if (isActive(run)) this.awaited.add(run.folder);
    for (const folder of this.awaited) {
      const run = this.experiments.find(folder);
      if (run === undefined || isActive(run)) continue;
      if (run.kind === 'run' && !this.doubtful.has(folder)) void this.ended(run);
    }
    if ([...this.awaited].join('\n') !== before) this.remember();
  }

  private async ended(run: WholeRun): Promise<void> {
    this.doubtful.add(run.folder);
    const isOver = await hasEnded(run);
    // Before it is told: a notification may stand for hours, while the run is resumed and ends again.
    this.doubtful.delete(run.folder);
    if (!isOver) return;
    this.awaited.delete(run.folder);
    this.remember();
    await this.tell(run);
  }

  private remember(): void {
    // Runs that were deleted, or whose folder is not open any more, end unseen.
    const known = [...this.awaited].filter((folder) => this.experiments.find(folder) !== undefined);
    void this.context.workspaceState.update(activeKey, known);
  }

  private async tell(run: WholeRun): Promise<void> {
    if (!(await this.claim(run).catch(() => true))) return;
    const [newest] = await listCheckpoints(run.folder).catch(() => []);
    await this.show(run, endingOf(run, newest?.step));
  }

  /** Shows how a run has ended, which `claim` made this window's to tell, and does what the user then chooses. */
  async show(run: WholeRun, { text, actions, isProblem }: Ending): Promise<void> {
    this.log.info(`${run.id}: ${text}`);
    const show = isProblem ? window.showWarningMessage : window.showInformationMessage;
    const chosen = await show<EndingAction>(inMessage(text), ...actions);
    if (chosen === undefined) return;
    const node: ExperimentNode = { kind: 'run', folder: run.folder };
    await commands.executeCommand(actionCommands[chosen], node).then(undefined, (error: unknown) => {
      logError(this.log, chosen, error);
    });
  }

  /**
   * Of all windows that see the end of a run, the one that makes this file tells of it.
   * @returns whether it is this one
   */
  async claim(run: WholeRun): Promise<boolean> {
    const folder = join(this.context.globalStorageUri.fsPath, 'told');
    await mkdir(folder, { recursive: true });
    await removeOld(folder).catch(() => undefined);
    const name = createHash('sha256').update(`${run.folder}\n${run.status.startedAt}`).digest('hex').slice(0, 32);
    try {
      await (await open(join(folder, name), 'wx')).close();
      return true;
    } catch (error) {
      if (errorCode(error) === 'EEXIST') return false;
      throw error;
    }
  }

  dispose(): void {
    this.subscription.dispose();
  }
}

const oldMilliseconds = 30 * 24 * 3_600_000;

/** The marks of runs that ended long ago. */
async function removeOld(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    if (Date.now() - (await stat(path)).mtimeMs > oldMilliseconds) await unlink(path);
  }
}
