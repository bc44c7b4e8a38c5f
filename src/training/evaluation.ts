import type { EvaluationConfiguration, ModelConfiguration } from '../config/schema.ts';
import { BatchStream } from '../corpus/batches.ts';
import type { TokenIds } from '../corpus/batches.ts';
import type { Engine, Program, Variables } from '../engine/engine.ts';
import { GraphBuilder } from '../graph/graph.ts';
import { buildLanguageModel, feedNames, stateSpecifications, textSteps } from '../model/languageModel.ts';
import { InterruptedError } from '../util/errors.ts';
import { clearStates } from '../trainedModel/weights.ts';

/** Words in one call of an engine that writes the steps one after another: few enough to be made ready quickly. */
const unrolledWords = 128;

/**
 * Words in one call of the engine: enough that its large products run at full speed and what is done once a call counts for
 * little, but no more than make a table of probabilities of 20 MB, which has its place in a large cache.
 */
function wordsPerCall({ unrollsLoops }: Engine, { direction }: ModelConfiguration, vocabularySize: number): number {
  // The figures of a bidirectional model depend a little on where its calls begin: they are the same on every engine.
  if (direction === 'bidirectional') return unrolledWords;
  return unrollsLoops ? unrolledWords : Math.max(64, Math.min(1024, Math.floor(5_120_000 / vocabularySize)));
}

const statePrefix = 'evaluation.';
/** Words behind a call's last place that the backward layers of a bidirectional model begin at. */
const lookahead = 32;

export interface EvaluationResult {
  /** exp of `loss`: the pseudo-perplexity of a bidirectional model (config/measures.ts). */
  perplexity: number;
  /** Mean −log p of a word, in nats. */
  loss: number;
  /** Words predicted. */
  tokens: number;
}

/**
 * Scores text with the weights that a set of variables holds, without dropout and with the recurrent state carried from
 * the first word to the last. The text goes through in calls of many steps; since the state is carried, the figures are
 * those of one step at a time, and only the speed differs.
 *
 * A bidirectional model carries its forward state in the same way. Its backward layers begin anew in each call, `lookahead`
 * words behind the last word that the call scores, so every word is scored with at least so many words after
 * it; behind the end of the text token 0 stands in for them.
 */
export class Evaluator {
  private constructor(
    private readonly program: Program,
    private readonly model: ModelConfiguration,
    private readonly evaluation: EvaluationConfiguration,
    private readonly stepsPerCall: number,
  ) {}

  static async create(
    engine: Engine,
    options: { model: ModelConfiguration; evaluation: EvaluationConfiguration; vocabularySize: number },
  ): Promise<Evaluator> {
    const { model, evaluation, vocabularySize } = options;
    const { batchSize } = evaluation;
    const steps = Math.max(1, Math.floor(wordsPerCall(engine, model, vocabularySize) / batchSize));
    const b = new GraphBuilder();
    const { losses, states } = buildLanguageModel(b, {
      model,
      vocabularySize,
      batchSize,
      steps,
      statePrefix,
      lookahead,
    });
    return new Evaluator(await engine.compile(b.finish({ losses }, states)), model, evaluation, steps);
  }

  /**
   * @throws ConfigurationError when the text is shorter than one window
   * @throws InterruptedError when `signal` aborts between two calls of the engine
   */
  async evaluate(
    variables: Variables,
    ids: TokenIds,
    options: {
      signal?: AbortSignal | undefined;
      /** Waited for before each call of the engine; what it throws ends the evaluation. */
      between?: (() => Promise<void>) | undefined;
      onProgress?: ((fraction: number) => void) | undefined;
    } = {},
  ): Promise<EvaluationResult> {
    const { batchSize, steps } = this.evaluation;
    const positions = new BatchStream(ids, batchSize, steps).windows * steps;
    const stream = new BatchStream(ids, batchSize, 1);
    clearStates(variables, stateSpecifications(this.model, batchSize, statePrefix));

    const tokens = new Int32Array(textSteps(this.model, this.stepsPerCall, lookahead) * batchSize);
    const targets = new Int32Array(this.stepsPerCall * batchSize);
    let sum = 0;
    for (let position = 0; position < positions; position += this.stepsPerCall) {
      await options.between?.();
      if (options.signal?.aborted) throw new InterruptedError('The evaluation was interrupted.');
      // The last call may reach beyond the text: what it scores there is left out of the sum.
      const rows = Math.min(this.stepsPerCall, positions - position);
      stream.read(position, tokens);
      stream.read(position + 1, targets);
      const { losses } = await this.program.run(variables, {
        [feedNames.tokens]: tokens,
        [feedNames.targets]: targets,
      });
      if (!losses) throw new Error('the evaluation graph has an output "losses"');
      for (const loss of losses.subarray(0, rows * batchSize)) sum += loss;
      options.onProgress?.((position + rows) / positions);
    }
    const count = positions * batchSize;
    return { perplexity: Math.exp(sum / count), loss: sum / count, tokens: count };
  }

  async dispose(): Promise<void> {
    await this.program.dispose();
  }
}
