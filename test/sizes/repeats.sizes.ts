import { describe, it } from 'vitest';
import { adamThreadsTolerance, expectRepeats, OneThread, threadsTolerance } from './compare.ts';
import { sizedShapes } from './shapes.ts';

/** More threads than a small machine has cores, too: then the system interrupts them at places that are never the same. */
const threadCounts = [1, 2, 4, 8, 16];

const tolerances = `${threadsTolerance} (weights of Adam: ${adamThreadsTolerance})`;

describe(`repeats end with the same numbers, bit for bit, and a step is that of one thread to ${tolerances}`, () => {
  for (const shape of sizedShapes) {
    const oneThread = new OneThread(shape);
    it.for(threadCounts)(`${shape.title}, threads: %i`, (threads, context) =>
      expectRepeats(context, { shape, threads, oneThread }),
    );
  }
});
