import { evaluatedTensor } from '../config/optimisers.ts';
import type { Configuration } from '../config/schema.ts';
import { BatchStream } from '../corpus/batches.ts';
import type { TokenIds } from '../corpus/batches.ts';
import type { Engine, Feeds, Program, Tensor, Variables } from '../engine/engine.ts';
import { sizeOf } from '../graph/node.ts';
import { feedNames, parameterSpecifications, stateSpecifications, textSteps } from '../model/languageModel.ts';
import type { MaskSpecification } from '../model/dropout.ts';
import { DivergedError, EngineError } from '../util/errors.ts';
import { GradientFlow } from './gradientFlow.ts';
import type { LayerFlow } from './gradientFlow.ts';
import { clearStates, tensorsFrom } from '../trainedModel/weights.ts';
import { CostWatch } from './costWatch.ts';
import { initialParameters } from './parameters.ts';
import { fillMask, randomKey } from '../util/random.ts';
import { averagedSteps } from './optimisers.ts';
import type { StepCount } from './optimisers.ts';
import { learningRateAt } from './schedules.ts';
import { buildTrainingGraph, correctionFeeds, learningRateInput, slotSpecifications } from './trainingGraph.ts';

/** Where training stands. Together with the variables it is all that training needs to go on exactly as it would have. */
export interface TrainingPosition {
  /** From 1. */
  epoch: number;
  /** Steps done in this epoch. */
  epochStep: number;
  /** Steps done over all epochs. */
  step: number;
  /** Sum over this epoch's steps of the cost (nats summed over a window, divided by the batch size). */
  costSum: number;
}

export interface StepResult {
  /** exp of the mean cost of a word since the epoch's start, as the document computes it. */
  perplexity: number;
  learningRate: number;
  /** Before clipping. */
  gradientNorm: number;
  /** Where a record of it was due: through the step's window, with the weights before the step. */
  gradientFlow?: LayerFlow[];
}

/** Trains step by step: owns the program, the variables and the position. What is recorded, and when, others decide. */
export class Trainer {
  readonly variables: Variables;
  position: TrainingPosition = { epoch: 1, epochStep: 0, step: 0, costSum: 0 };
  /** Of each epoch so far: schedules look at them. Who validates adds to them. */
  validPerplexities: number[] = [];
  /** Judges the steps' costs. */
  readonly costs: CostWatch;
  readonly stepsPerEpoch: number;
  /** Steps of the whole run, if nothing ends it early. */
  readonly totalSteps: number;
  private readonly stream: BatchStream;
  private readonly tokens: Int32Array;
  private readonly targets: Int32Array;
  private readonly masks: readonly { specification: MaskSpecification; data: Float32Array }[];
  private flow: GradientFlow | undefined;
  private readonly engine: Engine;
  private evaluated: Variables | undefined;
  private readonly onNotice: ((sentence: string) => void) | undefined;

  private constructor(
    private readonly configuration: Configuration,
    private readonly vocabularySize: number,
    private readonly program: Program,
    options: {
      engine: Engine;
      ids: TokenIds;
      masks: readonly MaskSpecification[];
      flow: GradientFlow | undefined;
      onNotice: ((sentence: string) => void) | undefined;
    },
  ) {
    const { batchSize, steps, epochs, maxSteps } = configuration.training;
    this.engine = options.engine;
    this.variables = this.engine.createVariables();
    this.costs = new CostWatch(vocabularySize);
    this.flow = options.flow;
    this.onNotice = options.onNotice;
    this.stream = new BatchStream(options.ids, batchSize, steps);
    this.stepsPerEpoch = this.stream.windows;
    this.totalSteps = Math.min(epochs * this.stepsPerEpoch, maxSteps ?? Infinity);
    this.tokens = new Int32Array(textSteps(configuration.model, steps) * batchSize);
    this.targets = new Int32Array(steps * batchSize);
    this.masks = options.masks.map((specification) => ({
      specification,
      data: new Float32Array(sizeOf(specification.shape)),
    }));
  }

  /**
   * A trainer before its first step, with weights made from the seed.
   * @throws EngineError, ConfigurationError when the text is too short for one step
   */
  static async create(
    configuration: Configuration,
    options: {
      engine: Engine;
      ids: TokenIds;
      vocabularySize: number;
      /** A sentence that a person should read. */
      onNotice?: ((sentence: string) => void) | undefined;
    },
  ): Promise<Trainer> {
    const { model, training, seed } = configuration;
    const { engine, ids, vocabularySize, onNotice } = options;
    // A text that is too short is said before the seconds that compiling takes.
    new BatchStream(ids, training.batchSize, training.steps);
    const { graph, masks } = buildTrainingGraph(configuration, vocabularySize);
    const program = await engine.compile(graph);
    const flow =
      training.gradientFlowSteps === null
        ? undefined
        : await GradientFlow.create(engine, configuration, vocabularySize).catch(withoutFlow(onNotice));
    const trainer = new Trainer(configuration, vocabularySize, program, { engine, ids, masks, flow, onNotice });
    for (const [name, tensor] of initialParameters(model, vocabularySize, seed)) trainer.variables.set(name, tensor);
    await trainer.startSlots();
    clearStates(trainer.variables, trainer.stateSpecifications());
    return trainer;
  }

  get isEpochDone(): boolean {
    return this.position.epochStep >= this.stepsPerEpoch || this.isDone;
  }

  get isDone(): boolean {
    return this.position.step >= this.totalSteps;
  }

  /** Words that a step trains on. */
  get wordsPerStep(): number {
    return this.targets.length;
  }

  /** exp of the mean cost of a word since the epoch's start. */
  get perplexity(): number {
    const { costSum, epochStep } = this.position;
    return Math.exp(costSum / (epochStep * this.configuration.training.steps));
  }

  /**
   * One step: the next window of the text, forward, backward, update.
   * @throws DivergedError when the cost or the gradient's norm is not finite, or the costs are hopeless (CostWatch). The
   *   weights are then spoilt.
   */
  async step(): Promise<StepResult> {
    const { position, configuration, totalSteps, validPerplexities } = this;
    const { learningRate: base, schedule } = configuration.training;
    const learningRate = learningRateAt(base, schedule, { ...position, totalSteps, validPerplexities });
    this.stream.window(position.epochStep, this.tokens, this.targets);
    const feeds: Record<string, Float32Array | Int32Array> = {
      [feedNames.tokens]: this.tokens,
      [feedNames.targets]: this.targets,
      [learningRateInput]: Float32Array.of(learningRate),
      ...correctionFeeds(configuration.training, this.countAt(position.step + 1)),
    };
    this.masks.forEach(({ specification: { name, keepProbability }, data }, index) => {
      fillMask(data, keepProbability, randomKey(configuration.seed, 'dropout', position.step, index));
      feeds[name] = data;
    });

    const gradientFlow = await this.measureFlow(feeds);
    const outputs = await this.program.run(this.variables, feeds);
    const cost = outputs['cost']?.[0] ?? NaN;
    const gradientNorm = outputs['gradientNorm']?.[0] ?? NaN;
    position.epochStep++;
    position.step++;
    if (!Number.isFinite(cost) || !Number.isFinite(gradientNorm)) {
      throw this.diverged(`the cost is ${cost} and the gradient's norm ${gradientNorm}`);
    }
    position.costSum += cost;
    this.costs.add(position.step, cost / configuration.training.steps);
    const { hopeless } = this.costs;
    if (hopeless !== undefined) throw this.diverged(hopeless);
    return { perplexity: this.perplexity, learningRate, gradientNorm, ...(gradientFlow && { gradientFlow }) };
  }

  /** Undefined where no record is due. What cannot be measured does not end the training. */
  private async measureFlow(feeds: Feeds): Promise<LayerFlow[] | undefined> {
    const { flow } = this;
    if (flow?.isDue(this.position.step + 1) !== true) return undefined;
    try {
      return await flow.measure(this.variables, feeds);
    } catch (error) {
      this.flow = undefined;
      await flow.dispose();
      return withoutFlow(this.onNotice)(error);
    }
  }

  /** Goes to the start of the next epoch, and of the text: the recurrent state is zero again. */
  startNextEpoch(): void {
    const { epoch, step } = this.position;
    this.position = { epoch: epoch + 1, epochStep: 0, step, costSum: 0 };
    clearStates(this.variables, this.stateSpecifications());
  }

  /** Everything that training needs to go on, beside the position: weights, optimiser slots and recurrent states. */
  async snapshot(): Promise<(Tensor & { name: string })[]> {
    return this.read(this.variableSpecifications());
  }

  /** The weights alone. */
  async weights(): Promise<(Tensor & { name: string })[]> {
    return this.read(parameterSpecifications(this.configuration.model, this.vocabularySize));
  }

  /**
   * The variables whose weights stand for the model when it is evaluated: those that are trained, or their averages, copied
   * at this moment.
   */
  async evaluatedVariables(): Promise<Variables> {
    const { optimizer } = this.configuration.training;
    const names = parameterSpecifications(this.configuration.model, this.vocabularySize).map(({ name }) => name);
    if (names.every((name) => evaluatedTensor(optimizer, name) === name)) return this.variables;
    this.evaluated ??= this.engine.createVariables();
    for (const name of names) this.evaluated.set(name, await this.variables.get(evaluatedTensor(optimizer, name)));
    return this.evaluated;
  }

  /** What the optimiser keeps, before the first step. */
  private async startSlots(): Promise<void> {
    const slots = slotSpecifications(this.configuration, this.vocabularySize);
    clearStates(
      this.variables,
      slots.filter(({ start }) => start === 'zero'),
    );
    for (const { name, parameter, start } of slots)
      if (start === 'parameter') this.variables.set(name, await this.variables.get(parameter));
  }

  private countAt(step: number): StepCount {
    const { stepsPerEpoch, validPerplexities, configuration } = this;
    const { optimizer } = configuration.training;
    return { step, averaged: averagedSteps(optimizer, { step, stepsPerEpoch, validPerplexities }) };
  }

  private read(specifications: readonly { name: string }[]): Promise<(Tensor & { name: string })[]> {
    return Promise.all(specifications.map(async ({ name }) => ({ name, ...(await this.variables.get(name)) })));
  }

  /** Takes over a snapshot. @throws FileError when a tensor is missing or has another size */
  restore(position: TrainingPosition, tensors: readonly { name: string; data: Float32Array | Int32Array }[]): void {
    for (const [name, tensor] of tensorsFrom(tensors, this.variableSpecifications())) this.variables.set(name, tensor);
    this.position = { ...position };
  }

  async dispose(): Promise<void> {
    this.variables.dispose();
    this.evaluated?.dispose();
    await this.program.dispose();
    await this.flow?.dispose();
  }

  private variableSpecifications() {
    const parameters = parameterSpecifications(this.configuration.model, this.vocabularySize);
    const slots = slotSpecifications(this.configuration, this.vocabularySize);
    return [...parameters, ...slots, ...this.stateSpecifications()];
  }

  private stateSpecifications() {
    return stateSpecifications(this.configuration.model, this.configuration.training.batchSize);
  }

  /** The error for a run that cannot recover. @param why what was seen, as the end of a sentence */
  diverged(why: string): DivergedError {
    const { position, costs } = this;
    const { learningRate, gradientClip } = this.configuration.training;
    const clip = gradientClip === null ? 'set training.gradientClip (5 is usual)' : 'lower training.gradientClip';
    const { doubtfulSince: since } = costs;
    const began = since === null ? '' : ` It began at step ${since}.`;
    return new DivergedError(
      `Training diverged by step ${position.step} (epoch ${position.epoch}): ${why}.${began} ` +
        `Use a smaller training.learningRate (now ${learningRate}) or ${clip}.`,
    );
  }

  /** A learning rate that may do where that of the run let it diverge: a quarter of the one at which it began. */
  get lowerLearningRate(): number {
    const { learningRate: base, schedule } = this.configuration.training;
    const { position, totalSteps, validPerplexities } = this;
    const step = Math.max(1, this.costs.doubtfulSince ?? position.step) - 1;
    const rate = learningRateAt(base, schedule, { ...position, step, totalSteps, validPerplexities });
    // Of a rate of zero, at the end of a schedule, nothing was the fault.
    return Number(((rate > 0 ? rate : base) / 4).toPrecision(2));
  }
}

/** The record is an extra: a run goes on without it, and says so. @throws what is no fault of the engine */
function withoutFlow(onNotice: ((sentence: string) => void) | undefined) {
  return (error: unknown): undefined => {
    if (!(error instanceof EngineError)) throw error;
    onNotice?.(`The gradient flow is not recorded: ${error.message}`);
    return undefined;
  };
}
