import { stat } from 'node:fs';

import { systemClock, type Clock } from '../util/clock.ts';
import { FileError, messageOf } from '../util/errors.ts';
import { errorCode, fileErrorFrom } from '../util/fileErrors.ts';
import { Listeners } from '../util/listeners.ts';
import type { EpochColumns, EpochLength, Rows, StepColumns } from './curveColumns.ts';
import { readStatus } from './files.ts';
import type { FlowRows } from './flowColumns.ts';
import { watchFolder, type WatchFolder } from './folderWatch.ts';
import { runPaths } from './layout.ts';
import { MetricsReader } from './metricsReader.ts';
import { maxMetricsBytes, openRegular } from '../util/regularFile.ts';

export type { EpochColumns, StepColumns } from './curveColumns.ts';
export type { FlowRows } from './flowColumns.ts';

export interface MetricsHistory {
  readonly steps: StepColumns;
  readonly epochs: EpochColumns;
  /** Left out where there are none, or none that are new. */
  readonly gradientFlow?: FlowRows;
  /** Why there is nothing, or not all: a file that is damaged or cannot be read, in words. */
  readonly problem?: string;
}

/** Rows that take the place of all from `from` on: that many were there before and stay. */
export interface MetricsPoints extends MetricsHistory {
  readonly from: Rows;
}

export interface TailOptions {
  /** Whether a process writes to the run just now. */
  readonly isActive: boolean;
  /** Steps of a whole epoch. Left out, status.json and the records are asked. */
  readonly stepsPerEpoch?: number | undefined;
  readonly clock?: Clock;
  readonly watchFolder?: WatchFolder;
}

const activePoll = 250;
const slowPoll = 5000;
/** Lines that come together are read together: at most this often, in milliseconds. */
const betweenReads = 100;
const afterEvent = 10;

/** Whether somebody listens. */
type State = { readonly kind: 'resting' } | Following | { readonly kind: 'disposed' };

type WaitKind = 'look' | 'reading';

interface Following {
  readonly kind: 'following';
  /** For the next look whether the file has changed, or for the reading of one that has; undefined during either. */
  wait: { readonly kind: WaitKind; readonly timer: { dispose(): void } } | undefined;
  /** Undefined where the system tells nothing of changes. */
  watch: { dispose(): void } | undefined;
  lastWatched: number;
}

/**
 * The figures in a run's metrics.jsonl, followed while the file grows. Nothing that happens to the file throws out of it:
 * `problem` says what is wrong, and the rows that could be read stay. Reads and polls only while somebody listens.
 */
export class MetricsTail {
  private readonly path: string;
  private readonly clock: Clock;
  private readonly watchFolder: WatchFolder;
  private readonly listeners = new Listeners<MetricsPoints>();
  private reader: MetricsReader;
  private inode: number | undefined;
  /** What the file looked like before it was last read; undefined where that failed. */
  private stamp: string | undefined;
  /** Why the file could not be read; what is wrong in it, the reader knows. */
  private trouble: string | undefined;
  private toldProblem: string | undefined;
  private isActive: boolean;
  private turn: Promise<void> = Promise.resolve();
  private polling: Promise<void> = Promise.resolve();
  private lastRead = -Infinity;
  private state: State = { kind: 'resting' };

  private constructor(
    private readonly folder: string,
    options: TailOptions,
  ) {
    this.path = runPaths(folder).metrics;
    this.clock = options.clock ?? systemClock;
    this.watchFolder = options.watchFolder ?? watchFolder;
    this.isActive = options.isActive;
    this.reader = new MetricsReader(this.path, { known: options.stepsPerEpoch });
  }

  /** Reads what is there. Never rejects. The caller disposes of it. */
  static async open(folder: string, options: TailOptions): Promise<MetricsTail> {
    const tail = new MetricsTail(folder, options);
    await tail.refresh();
    return tail;
  }

  /** All rows that were read so far. */
  history(): MetricsHistory {
    const { columns } = this.reader;
    const flow = columns.flow.length > 0 ? columns.flow.slice(0) : undefined;
    return { ...columns.slice({ steps: 0, epochs: 0 }), ...flowPart(flow), ...this.problemPart() };
  }

  /**
   * Tells of new rows from now on: those that follow `history()`, if that is asked in the same turn of the event loop. A
   * listener that has fewer rows than `from` has missed something; one that has more drops the rest.
   */
  onPoints(listener: (points: MetricsPoints) => void): { dispose(): void } {
    const subscription = this.listeners.add(listener);
    if (this.state.kind === 'resting') {
      this.enter({ kind: 'following', wait: undefined, watch: undefined, lastWatched: -Infinity });
      this.readSoon(0);
    }
    return {
      dispose: () => {
        subscription.dispose();
        if (this.listeners.size === 0) this.enter({ kind: 'resting' });
      },
    };
  }

  /** Says whether a process writes to the run. Either way it is read once more: an ending run's last line may be new. */
  setActive(isActive: boolean): void {
    if (isActive === this.isActive) return;
    this.isActive = isActive;
    this.readSoon(0);
  }

  /** Reads what has come, and tells of it. Never rejects. */
  refresh(): Promise<void> {
    this.turn = this.turn.then(async () => {
      if (this.isDisposed) return;
      this.lastRead = this.clock.now();
      const before = this.reader;
      const { rows } = before.columns;
      try {
        await this.read();
        this.trouble = undefined;
      } catch (error) {
        // That may pass though the file stays the same: too many files were open.
        this.stamp = undefined;
        this.trouble = messageOf(fileErrorFrom(error, `cannot read ${this.path}`));
      }
      if (!this.isDisposed) this.tell(before, rows);
    });
    return this.turn;
  }

  /** Resolves when what it has begun to look at is read. Never rejects. */
  async settled(): Promise<void> {
    await this.polling;
    await this.turn;
  }

  dispose(): void {
    this.listeners.clear();
    this.enter({ kind: 'disposed' });
  }

  private get isDisposed(): boolean {
    return this.state.kind === 'disposed';
  }

  private enter(state: State): void {
    if (this.state.kind === 'disposed') return;
    if (this.state.kind === 'following') {
      this.state.wait?.timer.dispose();
      this.state.watch?.dispose();
    }
    this.state = state;
  }

  private async read(): Promise<void> {
    this.stamp = await stampOf(this.path);
    const file = await this.openFile();
    if (file === undefined) return;
    try {
      const { ino } = await file.stat();
      let { reader } = this;
      // A resumed run has replaced it by one that ends at the checkpoint. Its rows are compared, once they are read.
      if (this.inode !== undefined && (this.inode !== ino || !(await reader.isContinuedBy(file))))
        reader = new MetricsReader(this.path, reader.columns.epochLength);
      await reader.readOn(file);
      this.reader = reader;
      this.inode = ino;
    } finally {
      await file.close();
    }
    await this.askEpochLength();
  }

  /** Not kept open: Windows replaces no open file. Undefined where a run has not recorded anything yet. */
  private async openFile() {
    try {
      return await openRegular(this.path, maxMetricsBytes);
    } catch (error) {
      const isMissing = error instanceof FileError && errorCode(error.cause) === 'ENOENT';
      if (isMissing && this.inode === undefined) return undefined;
      throw error;
    }
  }

  /** An older run does not say how long an epoch is, and a new one not before its first step. */
  private async askEpochLength(): Promise<void> {
    const { columns } = this.reader;
    const { known, estimated } = columns.epochLength;
    if (known !== undefined || estimated !== undefined || columns.rows.steps === 0) return;
    const length = await epochLengthOf(this.folder).catch((): EpochLength => ({}));
    columns.epochLength = length;
  }

  private tell(before: MetricsReader, rowsBefore: Rows): void {
    const { columns } = this.reader;
    const kept = before === this.reader ? rowsBefore : before.columns.sameRows(columns);
    const moved = before === this.reader ? columns.takeFirstMoved() : Infinity;
    columns.takeFirstMoved();
    const from = { steps: Math.min(kept.steps, moved), epochs: kept.epochs };
    const { rows } = columns;
    const newFlow = columns.flow.takeNew();
    const hasOther = before !== this.reader && before.columns.flow.length + columns.flow.length > 0;
    const flow = hasOther ? columns.flow.slice(0) : newFlow;
    const isSame = [from, rows].every(
      ({ steps, epochs }) => steps === rowsBefore.steps && epochs === rowsBefore.epochs,
    );
    if (isSame && flow === undefined && this.toldProblem === this.problem) return;
    this.toldProblem = this.problem;
    if (this.listeners.size > 0)
      this.listeners.tell({ from, ...columns.slice(from), ...flowPart(flow), ...this.problemPart() });
  }

  private get problem(): string | undefined {
    return this.trouble ?? this.reader.problem;
  }

  private problemPart(): { problem?: string } {
    return this.problem === undefined ? {} : { problem: this.problem };
  }

  private readSoon(delay: number): void {
    const { state } = this;
    if (state.kind !== 'following' || state.wait?.kind === 'reading') return;
    this.wait(state, 'reading', Math.max(delay, this.lastRead + betweenReads - this.clock.now()));
  }

  /** Waits for the next change: by the system's word, and by looking. */
  private follow(): void {
    const { state } = this;
    if (state.kind !== 'following') return;
    // There may have been word of a change meanwhile.
    if (state.wait === undefined) this.wait(state, 'look', this.isActive ? activePoll : slowPoll);
    const now = this.clock.now();
    if (state.watch !== undefined || now - state.lastWatched < slowPoll) return;
    state.lastWatched = now;
    state.watch = this.watchFolder(this.folder, {
      onEvent: (name) => {
        if (name === undefined || name === 'metrics.jsonl') this.readSoon(afterEvent);
      },
      onLost: () => (state.watch = undefined),
    });
    // What was written between the reading and the watch.
    if (state.watch !== undefined) this.readSoon(0);
  }

  /** One wait takes the place of another. */
  private wait(state: Following, kind: WaitKind, milliseconds: number): void {
    state.wait?.timer.dispose();
    const timer = this.clock.after(milliseconds, () => {
      state.wait = undefined;
      const done = kind === 'look' ? this.look() : this.refresh();
      this.polling = done.then(() => this.follow());
    });
    state.wait = { kind, timer };
  }

  private async look(): Promise<void> {
    if ((await stampOf(this.path)) !== this.stamp) await this.refresh();
  }
}

function flowPart(flow: FlowRows | undefined): { gradientFlow?: FlowRows } {
  return flow === undefined ? {} : { gradientFlow: flow };
}

async function epochLengthOf(folder: string): Promise<EpochLength> {
  const { stepsPerEpoch, totalSteps, epochs } = (await readStatus(folder)).progress;
  const estimated = epochs > 0 ? Math.round(totalSteps / epochs) : 0;
  return { known: stepsPerEpoch, estimated: estimated > 0 ? estimated : undefined };
}

/** Undefined where there is no file. */
function stampOf(path: string): Promise<string | undefined> {
  return new Promise((settle) =>
    stat(path, (error, stats) => settle(error ? undefined : `${stats.ino} ${stats.size} ${stats.mtimeMs}`)),
  );
}
