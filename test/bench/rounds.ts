import { setTimeout as pause } from 'node:timers/promises';
import { machine, machineCpuSeconds, median, ownCpuSeconds } from './machine.ts';
import type { AnswerTo } from './protocol.ts';
import type { Side } from './side.ts';

/** Without --rounds: rounds until this long after warming up, but no fewer than the least. */
const secondsPerShape = 60;
const leastRounds = 3;

/** Worker threads of either side may spin for some milliseconds after their last product. */
const settleMilliseconds = 50;

export interface SideResult {
  name: string;
  medianMilliseconds: number;
  /**
   * Mean over all measured steps. The text is the same on each side, so figures far apart would mean different work. They
   * are never equal: the first weights differ, and clipping counts the embedding's gradient as trainingGraph.ts says.
   */
  natsPerWord: number;
  peakMemoryBytes: number;
  steps: number;
  /** Processor time used while it was another side's turn, as a share of one core. */
  idleShare: number;
}

export interface TurnsResult {
  rounds: number;
  sides: SideResult[];
  /** Processor time that other programs used meanwhile, as a share of all cores. */
  othersShare: number;
}

export interface TurnsOptions {
  stepsPerRound: number;
  rounds?: number | undefined;
  onRound?: (done: number) => void;
}

/** What has been measured of one side so far. */
class Tally {
  private readonly milliseconds: number[] = [];
  private readonly natsPerWord: number[] = [];
  private last: AnswerTo<'round'> | undefined;
  private lastAt = 0;
  private idle = { cpu: 0, wall: 0 };

  constructor(readonly side: Side) {}

  get cpuSeconds(): number {
    return this.last?.cpuSeconds.after ?? 0;
  }

  async round(steps: number, measured: boolean): Promise<void> {
    const askedAt = performance.now();
    const answer = await this.side.ask({ kind: 'round', steps });
    if (measured) {
      this.milliseconds.push(...answer.milliseconds);
      this.natsPerWord.push(answer.natsPerWord);
      this.idle.cpu += answer.cpuSeconds.before - this.cpuSeconds;
      this.idle.wall += (askedAt - this.lastAt) / 1000;
    }
    this.last = answer;
    this.lastAt = performance.now();
    await pause(settleMilliseconds);
  }

  result(): SideResult {
    return {
      name: this.side.name,
      medianMilliseconds: median(this.milliseconds),
      natsPerWord: this.natsPerWord.reduce((sum, nats) => sum + nats, 0) / this.natsPerWord.length,
      peakMemoryBytes: this.last?.peakMemoryBytes ?? NaN,
      steps: this.milliseconds.length,
      idleShare: this.idle.cpu / this.idle.wall,
    };
  }
}

/** Lets prepared sides train in turn, a round each, after one round each to warm up. */
export async function takeTurns(sides: readonly Side[], options: TurnsOptions): Promise<TurnsResult> {
  const { stepsPerRound, onRound } = options;
  const records = sides.map((side) => new Tally(side));
  const used = () => records.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, ownCpuSeconds());
  for (const record of records) await record.round(stepsPerRound, false);

  const start = { wall: performance.now(), machine: machineCpuSeconds(), used: used() };
  const seconds = () => (performance.now() - start.wall) / 1000;
  const isEnough = (done: number) =>
    options.rounds === undefined ? done >= leastRounds && seconds() > secondsPerShape : done >= options.rounds;
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
