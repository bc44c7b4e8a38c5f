import { describe, it } from 'vitest';
import { expectRepeats, OneThread, threadsTolerance } from './compare.ts';
import { sizedShapes } from './shapes.ts';

/** More threads than a small machine has cores, too: then the system interrupts them at places that are never the same. */
const threadCounts = [1, 2, 4, 8, 16];

describe(`repeats end with the same numbers, bit for bit, and a step is that of one thread to ${threadsTolerance}`, () => {
  for (const shape of sizedShapes) {
    const oneThread = new OneThread(shape);
    it.for(threadCounts)(`${shape.title}, threads: %i`, (threads, context) =>
      expectRepeats(context, { shape, threads, oneThread }),
    );
  }
});
