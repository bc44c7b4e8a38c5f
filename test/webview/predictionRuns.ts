import type { Learning } from '../../src/protocol/predictions.ts';
import type { PredictionsScenario } from './fakePredictions.ts';

/** Two runs, the newer with a name that is markup. */
export const twoRuns: PredictionsScenario = {
  runs: [
    { key: '/runs/one', name: 'ptb-small <b>1</b>', state: 'training', isTraining: true },
    {
      key: '/runs/two',
      name: 'a run with a name that is rather long, as names of runs are',
      state: 'done',
      isTraining: false,
    },
  ],
};

const words = ['rose', 'fell', 'said', 'market', 'of', 'company', 'the', 'in', '<unk>', '<eos>'];

/** What a run has recorded in forty steps of its training. */
export const learning: Learning = {
  tokens: ['<eos>', 'the', 'shares', 'of', 'the', 'company'],
  probes: Array.from({ length: 40 }, (_, index) => ({
    step: 1 + 100 * index,
    epoch: 1 + Math.floor(index / 10),
    next: words
      .map((word, at) => ({ word, probability: at < 3 ? (index + 1) / (50 * (at + 2)) : 0.3 / (at + 1 + index / 2) }))
      .sort((a, b) => b.probability - a.probability)
      .slice(0, 6),
  })),
  samples: [
    { step: 4000, epoch: 4, text: 'The company said it would rise. “We do n’t,” he said.' },
    { step: 3000, epoch: 3, text: 'the company of the the company' },
    { step: 2000, epoch: 2, text: '' },
  ],
};
