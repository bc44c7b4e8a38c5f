import { FlowColumns, type FlowRecord } from './flowColumns.ts';
import type { MetricsRecord } from './schema.ts';

const stepNames = ['step', 'epoch', 'seconds', 'perplexity', 'learningRate', 'gradientNorm', 'wordsPerSecond'] as const;
const epochNames = ['step', 'epoch', 'seconds', 'trainPerplexity', 'validPerplexity'] as const;

type Columns<Name extends string> = Record<Name, Float64Array<ArrayBuffer>>;

/**
 * The `step` records, a column a figure, oldest first. `epoch` counts the epochs done, with fractions (1.5 is the middle of
 * the second); `seconds` is the training time since the run's start.
 */
export type StepColumns = Columns<(typeof stepNames)[number]>;

/** The `epoch` records; `seconds` is the sum of this epoch's duration and those before it. */
export type EpochColumns = Columns<(typeof epochNames)[number]>;

type StepRecord = Extract<MetricsRecord, { event: 'step' }>;
type EpochRecord = Extract<MetricsRecord, { event: 'epoch' }>;

/** Columns of numbers that grow together. */
class Table<Name extends string> {
  length = 0;
  private capacity = 0;
  private readonly columns: Columns<Name>;

  constructor(private readonly names: readonly Name[]) {
    this.columns = this.make(() => new Float64Array(0));
  }

  add(row: Record<Name, number>): void {
    if (this.length === this.capacity) this.grow();
    for (const name of this.names) this.columns[name][this.length] = row[name];
    this.length++;
  }

  column(name: Name): Float64Array {
    return this.columns[name];
  }

  /** Copies of the rows from one on, each in a buffer of its own. */
  slice(from: number): Columns<Name> {
    return this.make((name) => this.columns[name].slice(from, this.length));
  }

  /** How many first rows are the same in another table. */
  sameRows(other: Table<Name>): number {
    let same = Math.min(this.length, other.length);
    for (const name of this.names) {
      const [mine, others] = [this.columns[name], other.columns[name]];
      for (let row = 0; row < same; row++) if (mine[row] !== others[row]) same = row;
    }
    return same;
  }

  private grow(): void {
    this.capacity = Math.max(256, this.capacity * 2);
    for (const name of this.names) {
      const larger = new Float64Array(this.capacity);
      larger.set(this.columns[name]);
      this.columns[name] = larger;
    }
  }

  private make(column: (name: Name) => Float64Array<ArrayBuffer>): Columns<Name> {
    const columns: Partial<Columns<Name>> = {};
    for (const name of this.names) columns[name] = column(name);
    return columns as Columns<Name>;
  }
}

/** How many steps an epoch has: as the run says, or else about. */
export interface EpochLength {
  readonly known?: number | undefined;
  /** Used until the records tell. */
  readonly estimated?: number | undefined;
}

/** Rows of both tables. */
export interface Rows {
  readonly steps: number;
  readonly epochs: number;
}

/** The figures of a run's metrics that curves show, in columns. */
export class CurveColumns {
  readonly flow = new FlowColumns();
  private readonly stepTable = new Table(stepNames);
  private readonly epochTable = new Table(epochNames);
  /** Of each step row: its epoch from 1, and its step within that, from 1. */
  private readonly places = new Table(['epoch', 'epochStep']);
  /** Steps of the longest epoch that is recorded whole; 0 before the first. */
  private recordedLength = 0;
  private epochSeconds = 0;
  private firstMoved = Infinity;

  constructor(private length: EpochLength = {}) {}

  get rows(): Rows {
    return { steps: this.stepTable.length, epochs: this.epochTable.length };
  }

  get epochLength(): EpochLength {
    return this.length;
  }

  /** Places the rows again on the axis of epochs, where that changes anything. */
  set epochLength(length: EpochLength) {
    this.placeAgain(() => (this.length = length));
  }

  add(record: StepRecord | EpochRecord | FlowRecord): void {
    if (record.event === 'step') this.addStep(record);
    else if (record.event === 'epoch') this.addEpoch(record);
    else this.flow.add(record);
  }

  /** Copies of the rows from these on. */
  slice(from: Rows): { steps: StepColumns; epochs: EpochColumns } {
    return { steps: this.stepTable.slice(from.steps), epochs: this.epochTable.slice(from.epochs) };
  }

  /** How many first rows are the same in other columns. */
  sameRows(other: CurveColumns): Rows {
    return { steps: this.stepTable.sameRows(other.stepTable), epochs: this.epochTable.sameRows(other.epochTable) };
  }

  /** The first step row that was placed again since this was last asked; Infinity for none. */
  takeFirstMoved(): number {
    const moved = this.firstMoved;
    this.firstMoved = Infinity;
    return moved;
  }

  private addStep(record: StepRecord): void {
    const { epoch, epochStep } = record;
    this.places.add({ epoch, epochStep });
    this.stepTable.add({ ...record, epoch: this.placeOf(epoch, epochStep) });
  }

  private addEpoch(record: EpochRecord): void {
    const { step, epoch, trainPerplexity, validPerplexity } = record;
    this.epochSeconds += record.seconds;
    this.epochTable.add({ step, epoch, seconds: this.epochSeconds, trainPerplexity, validPerplexity });
    const last = this.places.length - 1;
    if (last < 0 || this.places.column('epoch')[last] !== epoch) return;
    const steps = this.places.column('epochStep')[last] ?? 0;
    // The longest: in a run with a limit of steps, the last epoch is a short one.
    if (steps > this.recordedLength) this.placeAgain(() => (this.recordedLength = steps));
  }

  private get stepsPerEpoch(): number {
    return this.length.known ?? (this.recordedLength || (this.length.estimated ?? 0));
  }

  private placeOf(epoch: number, epochStep: number): number {
    const length = this.stepsPerEpoch;
    return length === 0 ? epoch - 1 : epoch - 1 + Math.min(1, epochStep / length);
  }

  private placeAgain(change: () => void): void {
    const before = this.stepsPerEpoch;
    change();
    if (this.stepsPerEpoch === before || this.stepTable.length === 0) return;
    const [epochs, epochSteps] = [this.places.column('epoch'), this.places.column('epochStep')];
    const column = this.stepTable.column('epoch');
    for (let row = 0; row < this.stepTable.length; row++) column[row] = this.placeOf(epochs[row]!, epochSteps[row]!);
    this.firstMoved = 0;
  }
}
