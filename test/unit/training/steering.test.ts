import { beforeEach, describe, expect, it } from 'vitest';
import { EndRequest, Steering } from '../../../src/training/steering.ts';
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
    const [first, second] = [steering.resume(), steering.stop('why')];
    expect((await rejection(first)).message).toBe('the training is ending');
    await second;
    expect((await rejection(steering.pause())).message).toMatch(/^the training (is ending|has ended)$/);
    const error = await ended;
    expect(error instanceof EndRequest && error.after(3)).toBe('Stopped after step 3: why.');
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
});
