import { describe, it } from 'vitest';
import { expectGradients } from './compare.ts';
import { sizedFixtureNames } from './gradients.ts';

/** One thread, and as many as two cores have. */
const threadCounts = [1, 2];

describe.each(sizedFixtureNames)('the gradients of a step are those of PyTorch in float64: %s', (name) => {
  it.for(threadCounts)('threads: %i', (threads, context) => expectGradients(context, { name, threads }));
});
