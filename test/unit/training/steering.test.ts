import { beforeEach, describe, expect, it } from 'vitest';
import { EndRequest } from '../../../src/training/endRequest.ts';
import { Steering } from '../../../src/training/steering.ts';
import { rejection } from '../runs/fixtures.ts';

let told: string[];
let disk: 'good' | 'full';
const run = {
  save: () => {
    told.push('save');
    return disk === 'good' ? Promise.resolve(7) : Promise.reject(new Error('the disk is full'));
  },
  pause: () => Promise.resolve(void told.push('pause')),
  resume: () => Promise.resolve(void told.push('resume')),
  beat: () => Promise.resolve(),
};

/** Steps without end, until the run is to end. */
async function train(steering: Steering): Promise<unknown> {
  try {
    for (;;) await steering.between(run);
  } catch (error) {
    return error;
  } finally {
    steering.close();
  }
}

beforeEach(() => {
  told = [];
  disk = 'good';
});

describe('steering', () => {
  it('pauses, saves and goes on', async () => {
    const steering = new Steering();
    const ended = train(steering);
    await steering.pause();
    expect(steering.activity).toBe('paused');
    expect(told).toEqual(['save', 'pause']);
    expect(await steering.checkpoint()).toBe(7);
    await steering.resume();
    expect(steering.activity).toBe('training');
    expect(told).toEqual(['save', 'pause', 'save', 'resume']);
    await steering.stop();
    expect(await ended).toBeInstanceOf(EndRequest);
  });

  it('answers each of several that contradict each other', async () => {
    const steering = new Steering();
    const ended = train(steering);
    const paused = steering.pause();
    await steering.resume();
    expect((await rejection(paused)).message).toBe('the run was resumed before it had paused');
    await steering.pause();
    const resumed = steering.resume();
    await steering.pause();
    expect((await rejection(resumed)).message).toBe('the run was paused again before it continued');
    expect(steering.activity).toBe('paused');
    const [first, second] = [steering.resume(), steering.stop({ by: 'window', why: 'why' })];
    expect((await rejection(first)).message).toBe('the training is ending');
    await second;
    expect((await rejection(steering.pause())).message).toMatch(/^the training (is ending|has ended)$/);
    const error = await ended;
    expect(error instanceof EndRequest && error.after(3)).toBe('Stopped after step 3: why.');
    expect(error instanceof EndRequest && error.reason.by).toBe('window');
    await steering.stop();
    expect((await rejection(steering.checkpoint())).message).toBe('the training has ended');
  });

  it('goes on when a checkpoint that was asked for cannot be saved, and says so', async () => {
    const steering = new Steering();
    const ended = train(steering);
    disk = 'full';
    expect((await rejection(steering.checkpoint())).message).toBe('the disk is full');
    expect((await rejection(steering.pause())).message).toBe('the disk is full');
    expect(steering.activity).toBe('training');
    disk = 'good';
    expect(await steering.checkpoint()).toBe(7);
    await steering.stop();
    await ended;
  });

  it('ends by a signal, by a stop before the first step, and by a fault', async () => {
    const interruption = new AbortController();
    const byHand = new Steering(interruption.signal);
    const ended = train(byHand);
    interruption.abort();
    const interrupted = await ended;
    expect(interrupted instanceof EndRequest && interrupted.after(5)).toBe('Interrupted after step 5.');
    expect(interrupted instanceof EndRequest && interrupted.reason.by).toBe('signal');
    expect(new Steering(interruption.signal).signal.aborted).toBe(true);

    const early = new Steering();
    await early.stop();
    expect(early.signal.reason).toHaveProperty('message', 'Stopped before training began.');

    const faulty = new Steering();
    const failed = train(faulty);
    const fault = new Error('a fault');
    faulty.fail(fault);
    expect(await failed).toBe(fault);
  });

  it('ends for the reason that its signal gives', async () => {
    const interruption = new AbortController();
    const steering = new Steering(interruption.signal);
    const ended = train(steering);
    const request = new EndRequest({ by: 'accident', why: 'the disk is full.' });
    interruption.abort(request);
    expect(await ended).toBe(request);
    expect(request.after(5)).toBe('Interrupted after step 5: the disk is full.');
  });
});

/** A run whose writing takes until the test lets it go on: what comes meanwhile comes late. */
class SlowRun {
  readonly told: string[] = [];
  private readonly doors: Partial<Record<'save' | 'pause' | 'resume', PromiseWithResolvers<void>>> = {};

  /** Holds the next of a kind. @returns lets it go on, and fails it where an error is given */
  hold(what: 'save' | 'pause' | 'resume'): (error?: Error) => void {
    const door = withResolvers<void>();
    this.doors[what] = door;
    return (error) => (error === undefined ? door.resolve() : door.reject(error));
  }

  /** Settles when it does something. */
  async does(what: string): Promise<void> {
    while (this.told.at(-1) !== what) await new Promise((settle) => setImmediate(settle));
  }

  save = async () => {
    await this.pass('save');
    return 7;
  };
  pause = () => this.pass('pause');
  resume = () => this.pass('resume');
  beat = () => Promise.resolve();

  private async pass(what: 'save' | 'pause' | 'resume'): Promise<void> {
    this.told.push(what);
    const door = this.doors[what];
    delete this.doors[what];
    await door?.promise;
  }
}

type PromiseWithResolvers<T> = {
  promise: Promise<T>;
  resolve: (value: T) => void;
  reject: (error: Error) => void;
};

function withResolvers<T>(): PromiseWithResolvers<T> {
  let resolve: (value: T) => void = () => undefined;
  let reject: (error: Error) => void = () => undefined;
  const promise = new Promise<T>((settle, fail) => {
    resolve = settle;
    reject = fail;
  });
  return { promise, resolve, reject };
}

describe('what comes late', () => {
  const begin = () => {
    const steering = new Steering();
    const slow = new SlowRun();
    const ended = (async () => {
      try {
        for (;;) await steering.between(slow);
      } catch (error) {
        return error;
      }
    })();
    return { steering, slow, ended };
  };
  /** Ends a run that nothing else ended. */
  const finish = async ({ steering, ended }: ReturnType<typeof begin>) => {
    await steering.stop();
    await ended;
    steering.close();
  };

  it('a resume while the checkpoint of a pause is saved: no pause', async () => {
    const run = begin();
    const open = run.slow.hold('save');
    const paused = run.steering.pause();
    await run.slow.does('save');
    await run.steering.resume();
    expect((await rejection(paused)).message).toBe('the run was resumed before it had paused');
    // It is of the same step.
    const checkpoint = run.steering.checkpoint();
    open();
    expect(await checkpoint).toBe(7);
    expect(run.steering.activity).toBe('training');
    expect(run.slow.told).toEqual(['save']);
    await finish(run);
  });

  it('a stop while the checkpoint of a pause is saved: no pause, and the end', async () => {
    const { steering, slow, ended } = begin();
    const open = slow.hold('save');
    const paused = steering.pause();
    await slow.does('save');
    const stopped = steering.stop();
    expect((await rejection(paused)).message).toBe('the training is ending');
    expect(steering.activity).toBe('stopping');
    open();
    await stopped;
    expect(await ended).toBeInstanceOf(EndRequest);
    expect(slow.told).toEqual(['save']);
  });

  it('a resume while the pause is recorded: it continues', async () => {
    const run = begin();
    const open = run.slow.hold('pause');
    const paused = run.steering.pause();
    await run.slow.does('pause');
    const resumed = run.steering.resume();
    expect((await rejection(paused)).message).toBe('the run was resumed before it had paused');
    open();
    await resumed;
    expect(run.slow.told).toEqual(['save', 'pause', 'resume']);
    await finish(run);
  });

  it('a pause while it continues is a new one', async () => {
    const run = begin();
    await run.steering.pause();
    const open = run.slow.hold('resume');
    const resumed = run.steering.resume();
    await run.slow.does('resume');
    const paused = run.steering.pause();
    expect((await rejection(resumed)).message).toBe('the run was paused again before it continued');
    open();
    await paused;
    expect(run.steering.activity).toBe('paused');
    expect(run.slow.told).toEqual(['save', 'pause', 'resume', 'save', 'pause']);
    await finish(run);
  });

  it('two resumes, of which both are answered when it continues', async () => {
    const run = begin();
    await run.steering.pause();
    await Promise.all([run.steering.resume(), run.steering.resume()]);
    expect(run.steering.activity).toBe('training');
    await finish(run);
  });

  it('a pause before the first step begins with it, and a stop before it needs none', async () => {
    const steering = new Steering();
    const slow = new SlowRun();
    const paused = steering.pause();
    expect(steering.activity).toBe('training');
    const ended = steering.between(slow);
    await paused;
    expect(slow.told).toEqual(['save', 'pause']);
    await Promise.all([steering.stop(), rejection(ended)]);

    const early = new Steering();
    const never = rejection(early.pause());
    await early.stop();
    expect((await never).message).toBe('the training is ending');
    expect(await rejection(early.between(slow))).toBeInstanceOf(EndRequest);
    expect(slow.told).toEqual(['save', 'pause']);
  });

  it('a checkpoint that was asked for in a call that is the last is refused, and a fault after a stop changes nothing', async () => {
    const { steering, ended } = begin();
    const checkpoint = rejection(steering.checkpoint());
    const stopped = steering.stop();
    steering.fail(new Error('a fault'));
    await stopped;
    expect(await ended).toBeInstanceOf(EndRequest);
    expect(steering.activity).toBe('stopping');
    await steering.stop();
    steering.close();
    expect((await checkpoint).message).toBe('the training has ended');
    for (const late of [steering.pause(), steering.resume(), steering.checkpoint()])
      expect((await rejection(late)).message).toBe('the training has ended');
    await steering.stop();
  });

  it('a disk that is full while a run is paused: the checkpoint is refused, and it stays paused', async () => {
    const run = begin();
    await run.steering.pause();
    const open = run.slow.hold('save');
    const refused = rejection(run.steering.checkpoint());
    await run.slow.does('save');
    open(new Error('the disk is full'));
    expect((await refused).message).toBe('the disk is full');
    expect(run.steering.activity).toBe('paused');
    await run.steering.resume();
    await finish(run);
  });
});
