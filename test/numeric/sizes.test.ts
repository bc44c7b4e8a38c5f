import { describe, it } from 'vitest';
import { expectGradients, expectRepeats, OneThread } from '../sizes/compare.ts';
import { sizedShape } from '../sizes/shapes.ts';

/**
 * The short form of `npm run test:sizes`: two shapes that are wide enough for every operator to share out its work among
 * threads (a narrow one, or a small batch, is computed by one thread whatever is asked for), one step, few repeats.
 */
const shapes = ['2×400', '2×200, batch 64'].map((title) => ({ ...sizedShape(title), steps: 1, repeats: 3 }));

describe('at a real size, repeats are equal bit for bit and a step is that of one thread', () => {
  for (const shape of shapes) {
    const oneThread = new OneThread(shape);
    it.for([2, 4])(`${shape.title}, threads: %i`, (threads, context) =>
      expectRepeats(context, { shape, threads, oneThread }),
    );
  }
});

describe('at a real size, the gradients of a step are those of PyTorch in float64', () => {
  it('lstm-200', (context) => expectGradients(context, { name: 'lstm-200', threads: 2 }));
});
