import { setTimeout as pause } from 'node:timers/promises';
import { median } from '../../src/util/percentile.ts';
import { machine, machineCpuSeconds, ownCpuSeconds } from './machine.ts';
import type { AnswerTo } from './protocol.ts';
import type { Side } from './side.ts';

/** Without --rounds: rounds until this long a side after warming up, but no fewer than the least. */
const secondsPerSide = 15;
const minRounds = 3;

/** Worker threads of either side may spin for some milliseconds after their last product. */
const settleMilliseconds = 50;

export interface SideResult {
  name: string;
  /** What computed, as the side itself says. */
  description: string;
  /** Whose memory is in huge pages (glibc's tunable). */
  hugePages: boolean;
  medianMilliseconds: number;
  /** The median of each round. */
  roundMilliseconds: number[];
  /**
   * Mean over all measured steps. The text is the same on each side, so figures far apart would mean different work. They
   * are never equal: the first weights differ, and clipping counts the embedding's gradient as trainingGraph.ts says.
   */
  natsPerWord: number;
  peakMemoryBytes: number;
  steps: number;
  /** Processor time of its rounds over their time by the clock: how many cores it kept busy. */
  cores: number;
  /** Processor time used while it was another side's turn, as a share of one core. */
  idleShare: number;
}

export interface TurnsResult {
  rounds: number;
  /** Ours first. */
  sides: SideResult[];
  /** Processor time that other programs used meanwhile, as a share of all cores. */
  othersShare: number;
}

export interface TurnsOptions {
  stepsPerRound: number;
  /** Steps of each side before those that are measured. */
  warmUpSteps: number;
  rounds?: number | undefined;
  onRound?: (done: number) => void;
}

/** A side that has been asked to prepare. */
export interface PreparedSide {
  side: Side;
  description: string;
  hugePages: boolean;
}

interface Busy {
  cpu: number;
  wall: number;
}

/** What has been measured of one side so far. */
class Tally {
  private readonly milliseconds: number[] = [];
  private readonly roundMilliseconds: number[] = [];
  private readonly natsPerWord: number[] = [];
  private last: AnswerTo<'round'> | undefined;
  private lastAt = 0;
  private readonly working: Busy = { cpu: 0, wall: 0 };
  private readonly idle: Busy = { cpu: 0, wall: 0 };

  constructor(private readonly prepared: PreparedSide) {}

  get cpuSeconds(): number {
    return this.last?.cpuSeconds.after ?? 0;
  }

  async round(steps: number, measured: boolean): Promise<void> {
    const askedAt = performance.now();
    const answer = await this.prepared.side.ask({ kind: 'round', steps });
    if (measured) {
      const { before, after } = answer.cpuSeconds;
      this.milliseconds.push(...answer.milliseconds);
      this.roundMilliseconds.push(median(answer.milliseconds));
      this.natsPerWord.push(answer.natsPerWord);
      this.working.cpu += after - before;
      this.working.wall += answer.milliseconds.reduce((sum, time) => sum + time, 0) / 1000;
      this.idle.cpu += before - this.cpuSeconds;
      this.idle.wall += (askedAt - this.lastAt) / 1000;
    }
    this.last = answer;
    this.lastAt = performance.now();
    await pause(settleMilliseconds);
  }

  result(): SideResult {
    const { side, description, hugePages } = this.prepared;
    return {
      name: side.name,
      description,
      hugePages,
      medianMilliseconds: median(this.milliseconds),
      roundMilliseconds: this.roundMilliseconds,
      natsPerWord: this.natsPerWord.reduce((sum, nats) => sum + nats, 0) / this.natsPerWord.length,
      peakMemoryBytes: this.last?.peakMemoryBytes ?? NaN,
      steps: this.milliseconds.length,
      cores: this.working.cpu / this.working.wall,
      idleShare: this.idle.cpu / this.idle.wall,
    };
  }
}

/** Lets prepared sides work in turn, a round each, after each has warmed up. */
export async function takeTurns(sides: readonly PreparedSide[], options: TurnsOptions): Promise<TurnsResult> {
  const { stepsPerRound, warmUpSteps, onRound } = options;
  const records = sides.map((side) => new Tally(side));
  const used = () => records.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, ownCpuSeconds());
  for (const record of records) await record.round(warmUpSteps, false);

  const start = { wall: performance.now(), machine: machineCpuSeconds(), used: used() };
  const seconds = () => (performance.now() - start.wall) / 1000;
  const isEnough = (done: number) =>
    options.rounds === undefined
      ? done >= minRounds && seconds() > secondsPerSide * sides.length
      : done >= options.rounds;
  let rounds = 0;
  while (!isEnough(rounds)) {
    for (const record of records) await record.round(stepsPerRound, true);
    rounds++;
    onRound?.(rounds);
  }
  const others = machineCpuSeconds() - start.machine - (used() - start.used);
  return {
    rounds,
    sides: records.map((record) => record.result()),
    othersShare: Math.max(0, others / (seconds() * machine().cores)),
  };
}
