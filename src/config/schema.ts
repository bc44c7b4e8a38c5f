import { z } from 'zod';

/** Below this, dropout would leave next to nothing of a layer. */
const probability = z.number().min(0.001).max(1);

const corpusSchema = z
  .strictObject({
    kind: z
      .enum(['builtin', 'ptb', 'folder', 'file'])
      .default('builtin')
      .describe(
        'Where the text comes from: the built-in grammar, a folder with ptb.train.txt, ptb.valid.txt and ptb.test.txt, a folder with train.txt, valid.txt and test.txt, or one text file.',
      ),
    path: z.string().min(1).optional().describe('The folder or the file; none for the built-in corpus.'),
    unit: z.enum(['word', 'character']).default('word').describe('What a token is.'),
    vocabularySize: z
      .int()
      .min(3)
      .max(1_000_000)
      .default(10_000)
      .describe('The most tokens in the vocabulary; rarer ones become <unk>.'),
  })
  .superRefine((corpus, context) => {
    const problem =
      corpus.kind === 'builtin'
        ? corpus.path !== undefined && 'the built-in corpus takes no path; set corpus.kind to ptb, folder or file'
        : corpus.path === undefined && `the kind ${corpus.kind} needs the path of its folder or file`;
    if (problem !== false) context.addIssue({ code: 'custom', path: ['path'], message: problem });
  });

const modelSchema = z.strictObject({
  cell: z
    .enum(['rnn', 'gru', 'lstm'])
    .default('lstm')
    .describe('The recurrent cell: the plain one (tanh), the gated recurrent unit, or long short-term memory.'),
  direction: z
    .enum(['forward', 'bidirectional'])
    .default('forward')
    .describe('What predicts a word: the words before it, or those on both sides of it (scored as pseudo-perplexity).'),
  layers: z.int().min(1).max(16).default(2).describe('Number of stacked recurrent layers.'),
  hiddenSize: z.int().min(1).max(8192).default(200).describe('Units a layer; also the width of the embedding.'),
  forgetBias: z
    .number()
    .min(-20)
    .max(20)
    .default(1)
    .describe('Added to the initial bias of the forget gate; only an LSTM has one.'),
  tiedEmbeddings: z.boolean().default(false).describe('Use the embedding as the output weights too.'),
  initScale: z.number().gt(0).max(10).default(0.05).describe('Weights start uniform in ± this.'),
});

const scheduleSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('constant').describe('Keep the rate.') }),
  z.strictObject({
    kind: z.literal('stepDecay').describe('Divide the rate once an epoch after the first epochs.'),
    afterEpoch: z.int().min(0).describe('The last epoch (from 1) that still has the whole rate.'),
    divisor: z.number().min(1).max(1000).describe('What the rate is divided by at each later epoch.'),
  }),
  z.strictObject({
    kind: z.literal('linear').describe('Hold the rate, then fall in a straight line.'),
    holdFraction: z.number().min(0).max(1).default(0).describe('The share of all steps with the whole rate.'),
    endFraction: z.number().min(0).max(1).default(0).describe('The share of the rate that is left at the last step.'),
  }),
  z.strictObject({
    kind: z.literal('cosine').describe('Rise in a straight line, then fall along half a cosine.'),
    warmupFraction: z.number().min(0).max(1).default(0.05).describe('The share of all steps in which the rate rises.'),
    endFraction: z.number().min(0).max(1).default(0).describe('The share of the rate that is left at the last step.'),
  }),
  z.strictObject({
    kind: z.literal('plateau').describe('Divide the rate whenever the validation perplexity stops falling.'),
    divisor: z.number().gt(1).max(1000).default(2).describe('What the rate is divided by.'),
    patienceEpochs: z
      .int()
      .min(0)
      .max(10_000)
      .default(0)
      .describe('Epochs without a new best that are waited for first.'),
    threshold: z
      .number()
      .min(0)
      .lt(1)
      .default(0.001)
      .describe('The share by which a perplexity must be below the best one to be a new best.'),
  }),
]);

const momentumSchema = z.number().min(0).lt(1);

const optimizerSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('sgd').describe('Plain gradient descent.') }),
  z.strictObject({
    kind: z.literal('momentum').describe('Gradient descent with a decaying sum of past gradients.'),
    momentum: momentumSchema.default(0.9).describe('The share of the sum that is left after a step.'),
  }),
  ...(['adam', 'adamw'] as const).map((kind) =>
    z.strictObject({
      kind: z
        .literal(kind)
        .describe(kind === 'adam' ? 'Adaptive moment estimation.' : 'Adam with weight decay apart from the gradient.'),
      beta1: momentumSchema.default(0.9).describe('The share of the mean gradient that is left after a step.'),
      beta2: momentumSchema
        .default(0.999)
        .describe('The share of the mean squared gradient that is left after a step.'),
      epsilon: z.number().gt(0).max(1).default(1e-8).describe('Added to the root of the mean squared gradient.'),
    }),
  ),
]);

const probeSchema = z.strictObject({
  text: z
    .string()
    .trim()
    .min(1)
    .max(2000)
    .nullable()
    .default(null)
    .describe(
      'What the network reads at each record, split as the corpus is; words that it does not know are read as <unk>. Null for the beginning of the validation text.',
    ),
  everySteps: z
    .int()
    .min(0)
    .nullable()
    .default(null)
    .describe(
      'Record every so many steps, and write a sample of text at each validation; null for about 100 records of a long run (fewer of a short one), 0 for neither. A run has at most 48 MiB of records: of wide networks they hold the states without the gates.',
    ),
});

const trainingSchema = z.strictObject({
  epochs: z.int().min(1).max(10_000).default(13).describe('Passes over the training text.'),
  batchSize: z.int().min(1).max(4096).default(20).describe('Streams of text side by side.'),
  steps: z.int().min(1).max(1000).default(35).describe('Steps of truncated back-propagation through time.'),
  learningRate: z.number().gt(0).max(1_000_000).default(1).describe('The learning rate, before any schedule.'),
  schedule: scheduleSchema.default({ kind: 'constant' }).describe('How the rate changes.'),
  optimizer: optimizerSchema.default({ kind: 'sgd' }).describe('How gradients become updates.'),
  weightDecay: z
    .number()
    .min(0)
    .max(1)
    .default(0)
    .describe('Adds this times a weight to its gradient; adamw shrinks the weight by it times the rate instead.'),
  gradientClip: z
    .number()
    .gt(0)
    .max(1e6)
    .nullable()
    .default(5)
    .describe('The largest gradient, as gradientClipBy measures it; null for none.'),
  gradientClipBy: z
    .enum(['norm', 'value'])
    .default('norm')
    .describe('Shorten the whole gradient to a global norm, or cut each element to a range around 0.'),
  inputKeepProbability: probability.default(1).describe('Share of the embedded input that dropout keeps.'),
  outputKeepProbability: probability.default(1).describe("Share of each layer's output that dropout keeps."),
  variationalDropout: z
    .boolean()
    .default(false)
    .describe('Drop the same units at all steps of a window, instead of others at each step.'),
  earlyStoppingEpochs: z
    .int()
    .min(1)
    .max(10_000)
    .nullable()
    .default(null)
    .describe(
      'End after this many epochs without a better validation perplexity, and test the best weights; null for never.',
    ),
  gradientFlowSteps: z
    .int()
    .min(1)
    .nullable()
    .default(null)
    .describe('Record every so many steps how much gradient reaches each earlier step and layer; null for never.'),
  probe: probeSchema.prefault({}),
  checkpointSeconds: z
    .number()
    .min(0)
    .max(86_400)
    .default(60)
    .describe('The longest time between two checkpoints, in seconds.'),
  maxSteps: z
    .int()
    .min(1)
    .nullable()
    .default(null)
    .describe('End after this many steps over all epochs, then evaluate; schedules end there too. Null for none.'),
});

const evaluationSchema = z.strictObject({
  batchSize: z.int().min(1).max(4096).default(1).describe('Streams of text side by side in validation and test.'),
  steps: z
    .int()
    .min(1)
    .max(1000)
    .default(1)
    .describe(
      'The window that the text is cut to: what does not fill batchSize × steps at the end is left out. The state is carried, so windows of any length give the same figures on the tokens they share.',
    ),
  test: z.boolean().default(true).describe('Evaluate the test text when training ends.'),
});

const engineSchema = z.strictObject({
  name: z
    .enum(['auto', 'onnx', 'tensorflow'])
    .default('auto')
    .describe('What computes: ONNX Runtime, TensorFlow.js, or the first of them that loads here.'),
  device: z.enum(['cpu', 'webgpu']).default('cpu').describe('Where it computes.'),
  threads: z
    .int()
    .min(0)
    .max(1024)
    .default(0)
    .describe(
      'Threads of the CPU; 0 for a number that a run on ONNX Runtime finds by a short measurement and keeps. With TensorFlow.js or on WebGPU, 0 is all cores.',
    ),
});

/** The whole configuration of a run: every key with its range and its default. */
export const configurationSchema = z.strictObject({
  name: z.string().trim().min(1).max(200).default('run').describe('What the run is called.'),
  preset: z.string().optional().describe('The preset that the configuration came from.'),
  seed: z.int().min(0).max(0xffff_ffff).default(1).describe('Seeds the weights and the dropout.'),
  corpus: corpusSchema.prefault({}),
  model: modelSchema.prefault({}),
  training: trainingSchema.prefault({}),
  evaluation: evaluationSchema.prefault({}),
  engine: engineSchema.prefault({}),
});

/** A run's configuration with every default filled in. */
export type Configuration = z.output<typeof configurationSchema>;
/** A configuration as a person writes it: only what differs from the defaults. */
export type ConfigurationInput = z.input<typeof configurationSchema>;
export type CorpusConfiguration = Configuration['corpus'];
export type ModelConfiguration = Configuration['model'];
export type TrainingConfiguration = Configuration['training'];
export type EvaluationConfiguration = Configuration['evaluation'];
export type EngineConfiguration = Configuration['engine'];
export type OptimizerConfiguration = TrainingConfiguration['optimizer'];
export type ScheduleConfiguration = TrainingConfiguration['schedule'];
