import * as z from 'zod';

import { clippings, devices, directions, engineChoices, idsOf, units } from './vocabulary.ts';
import { cellIds, cellKinds, defaultCell } from './cells.ts';

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
    unit: z.enum(idsOf(units)).default('word').describe('Whether a token is a word or a character.'),
    vocabularySize: z
      .int()
      .min(3)
      .max(1_000_000)
      .default(10_000)
      .describe('The maximum size of the vocabulary; rarer tokens become <unk>.'),
  })
  .superRefine((corpus, context) => {
    const problem =
      corpus.kind === 'builtin'
        ? corpus.path !== undefined && 'the built-in corpus takes no path; set corpus.kind to ptb, folder or file'
        : corpus.path === undefined && `the kind ${corpus.kind} needs the path of its folder or file`;
    if (problem !== false) context.addIssue({ code: 'custom', path: ['path'], message: problem });
  });

const layerUnits = z.int().min(1).max(8192);
const maxLayers = 16;

const modelSchema = z
  .strictObject({
    cell: z
      .enum(cellIds)
      .default(defaultCell)
      .describe(`The recurrent cell: ${cellIds.map((id) => `${id} (${cellKinds[id].name})`).join(', ')}.`),
    direction: z
      .enum(idsOf(directions))
      .default('forward')
      .describe(
        'What predicts a word: the words before it, or those on both sides of it (scored as pseudo-perplexity).',
      ),
    layers: z.int().min(1).max(maxLayers).default(2).describe('Number of stacked recurrent layers.'),
    hiddenSize: z
      .union([layerUnits, z.array(layerUnits).min(1).max(maxLayers)])
      .default(200)
      .describe('Units per layer; a list gives each layer its own, the first one first: [300,200].'),
    embeddingSize: layerUnits
      .nullable()
      .default(null)
      .describe(
        'Numbers per embedded token; null for as many as the first layer has units. Another size with tied embeddings adds a projection before the output.',
      ),
    forgetBias: z
      .number()
      .min(-20)
      .max(20)
      .default(1)
      .describe('Added to the initial bias of the forget gate of an LSTM cell.'),
    tiedEmbeddings: z.boolean().default(false).describe('Use the embedding as the output weights too.'),
    initScale: z
      .number()
      .gt(0)
      .max(10)
      .default(0.05)
      .describe('Initial weights are uniformly distributed between − this and + this.'),
  })
  .superRefine(({ layers, hiddenSize }, context) => {
    if (typeof hiddenSize === 'number' || hiddenSize.length === layers) return;
    const message = `the list has ${hiddenSize.length} sizes and model.layers is ${layers}; give each layer one`;
    context.addIssue({ code: 'custom', path: ['hiddenSize'], message });
  });

const scheduleSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('constant').describe('A constant learning rate.') }),
  z.strictObject({
    kind: z.literal('stepDecay').describe('Divide the rate at every epoch after the first few.'),
    afterEpoch: z.int().min(0).describe('The last epoch, counted from 1, at the full learning rate.'),
    divisor: z.number().min(1).max(1000).describe('The factor by which the rate is divided at each later epoch.'),
  }),
  z.strictObject({
    kind: z.literal('linear').describe('Hold the rate, then decay it linearly.'),
    holdFraction: z.number().min(0).max(1).default(0).describe('The fraction of all steps at the full rate.'),
    endFraction: z
      .number()
      .min(0)
      .max(1)
      .default(0)
      .describe('The fraction of the rate that remains at the last step.'),
  }),
  z.strictObject({
    kind: z.literal('cosine').describe('Linear warm-up, then cosine decay.'),
    warmupFraction: z.number().min(0).max(1).default(0.05).describe('The fraction of all steps used for the warm-up.'),
    endFraction: z
      .number()
      .min(0)
      .max(1)
      .default(0)
      .describe('The fraction of the rate that remains at the last step.'),
  }),
  z.strictObject({
    kind: z.literal('plateau').describe('Divide the rate whenever the validation perplexity stops falling.'),
    divisor: z.number().gt(1).max(1000).default(2).describe('The factor by which the rate is divided.'),
    patienceEpochs: z
      .int()
      .min(0)
      .max(10_000)
      .default(0)
      .describe('The number of epochs without a new best before the rate is divided.'),
    threshold: z
      .number()
      .min(0)
      .lt(1)
      .default(0.001)
      .describe('The relative improvement over the best perplexity that counts as a new best.'),
  }),
]);

const momentumSchema = z.number().min(0).lt(1);

const optimizerSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('sgd').describe('Plain gradient descent.') }),
  z.strictObject({
    kind: z.literal('momentum').describe('Gradient descent with momentum.'),
    momentum: momentumSchema
      .default(0.9)
      .describe('The momentum coefficient: the fraction of the sum of past gradients that is kept at each step.'),
  }),
  z.strictObject({
    kind: z.literal('asgd').describe('Gradient descent whose weights are averaged once validation stops improving.'),
    triggerEpochs: z
      .int()
      .min(0)
      .max(10_000)
      .default(5)
      .describe(
        'Averaging begins after the first epoch whose validation perplexity is above the best of the epochs up to this many before the last one.',
      ),
  }),
  ...(['adam', 'adamw'] as const).map((kind) =>
    z.strictObject({
      kind: z
        .literal(kind)
        .describe(kind === 'adam' ? 'Adam (adaptive moment estimation).' : 'Adam with decoupled weight decay.'),
      beta1: momentumSchema.default(0.9).describe('The decay rate of the mean gradient.'),
      beta2: momentumSchema.default(0.999).describe('The decay rate of the mean squared gradient.'),
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
      'The text that the network reads for each record, split into tokens like the corpus; unknown words are read as <unk>. Null for the beginning of the validation text.',
    ),
  everySteps: z
    .int()
    .min(0)
    .nullable()
    .default(null)
    .describe(
      'The interval, in training steps, at which the probe is recorded; a sample of text is also written after each validation. Null for about 100 records (fewer in a short run), 0 to disable both. The records of a run take at most 48 MiB; for wide networks they hold the states without the gates.',
    ),
});

const trainingSchema = z.strictObject({
  epochs: z.int().min(1).max(10_000).default(13).describe('Passes over the training text.'),
  batchSize: z.int().min(1).max(4096).default(20).describe('The number of parallel streams of text.'),
  steps: z
    .int()
    .min(1)
    .max(1000)
    .default(35)
    .describe('Time steps of truncated back-propagation through time: the length of a window.'),
  learningRate: z.number().gt(0).max(1_000_000).default(1).describe('The learning rate, before any schedule.'),
  schedule: scheduleSchema.default({ kind: 'constant' }).describe('The learning rate schedule.'),
  optimizer: optimizerSchema.default({ kind: 'sgd' }).describe('The optimiser.'),
  weightDecay: z
    .number()
    .min(0)
    .max(1)
    .default(0)
    .describe(
      'L2 penalty: this times each weight is added to its gradient. With adamw it is decoupled: each weight shrinks by this times the learning rate.',
    ),
  gradientClip: z
    .number()
    .gt(0)
    .max(1e6)
    .nullable()
    .default(5)
    .describe('The clipping threshold, for what gradientClipBy names; null for no clipping.'),
  gradientClipBy: z
    .enum(idsOf(clippings))
    .default('norm')
    .describe(
      'Clip by global norm (scale the whole gradient down) or by value (limit each element to ± the threshold).',
    ),
  inputKeepProbability: probability.default(1).describe('Share of the embedded input that dropout keeps.'),
  outputKeepProbability: probability.default(1).describe("Share of each layer's output that dropout keeps."),
  weightKeepProbability: probability
    .default(1)
    .describe('Share of the recurrent weights that weight drop keeps: one mask for each window.'),
  embeddingKeepProbability: probability
    .default(1)
    .describe('Share of the vocabulary whose embedding is kept: whole words are dropped, one mask for each window.'),
  activationRegularization: z
    .number()
    .min(0)
    .max(1000)
    .default(0)
    .describe("This times the mean square of the last layer's outputs, after dropout, is added to each word's loss."),
  temporalActivationRegularization: z
    .number()
    .min(0)
    .max(1000)
    .default(0)
    .describe(
      "This times the mean square of the change of the last layer's outputs from step to step is added to each word's loss.",
    ),
  variationalDropout: z
    .boolean()
    .default(false)
    .describe('Drop the same units at all time steps of a window, instead of different ones at each step.'),
  earlyStoppingEpochs: z
    .int()
    .min(1)
    .max(10_000)
    .nullable()
    .default(null)
    .describe(
      'Stop after this many epochs without a better validation perplexity, and test the best weights; null to disable.',
    ),
  gradientFlowSteps: z
    .int()
    .min(1)
    .nullable()
    .default(null)
    .describe(
      'The interval, in training steps, at which the gradient flow is recorded: how much gradient reaches each earlier time step, in each layer. Null to disable.',
    ),
  probe: probeSchema.prefault({}),
  checkpointSeconds: z
    .number()
    .min(0)
    .max(86_400)
    .default(60)
    .describe('The maximum time between two checkpoints, in seconds.'),
  maxSteps: z
    .int()
    .min(1)
    .nullable()
    .default(null)
    .describe('Stop after this many steps over all epochs, then evaluate; schedules end there too. Null for no limit.'),
});

const evaluationSchema = z.strictObject({
  batchSize: z
    .int()
    .min(1)
    .max(4096)
    .default(1)
    .describe('The number of parallel streams of text in validation and test.'),
  steps: z
    .int()
    .min(1)
    .max(1000)
    .default(1)
    .describe(
      'The length of the windows into which the text is cut. A rest at the end that does not fill batchSize × steps is left out. The state is carried from window to window, so the length does not change the figures otherwise.',
    ),
  test: z.boolean().default(true).describe('Evaluate the test text when training ends.'),
});

const engineSchema = z.strictObject({
  name: z
    .enum(idsOf(engineChoices))
    .default('auto')
    .describe('The engine: ONNX Runtime, TensorFlow.js, or (auto) the first of them that loads on this machine.'),
  device: z.enum(idsOf(devices)).default('cpu').describe('The device that the engine computes on.'),
  threads: z
    .int()
    .min(0)
    .max(1024)
    .default(0)
    .describe(
      'The number of CPU threads. With 0, a run on ONNX Runtime finds the best number by a short measurement and keeps it; with TensorFlow.js or on WebGPU, 0 means all cores.',
    ),
});

/** The kinds of a union, in its order. */
function kindsOf<K extends string>(union: { options: readonly { shape: { kind: z.ZodLiteral<K> } }[] }): K[] {
  return union.options.flatMap(({ shape: { kind } }) => [...kind.values]);
}

export const optimizerKinds = kindsOf(optimizerSchema);

/** The longest that the name of a run can be, in UTF-16 units. */
export const longestName = 200;

/** The whole configuration of a run: every key with its range and its default. */
export const configurationSchema = z.strictObject({
  name: z
    .string()
    .trim()
    .min(1)
    .max(longestName)
    .default('run')
    .describe('The name of the run. When left out, it is made of the text and the preset, as in ptb-small.'),
  preset: z.string().optional().describe('The preset that the configuration is based on.'),
  seed: z.int().min(0).max(0xffff_ffff).default(1).describe('The seed of the initial weights and of dropout.'),
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
