import type { Configuration } from '../config/schema.ts';
import type { Engine, Feeds, Program, Variables } from '../engine/engine.ts';
import { gradients } from '../graph/gradients.ts';
import { GraphBuilder } from '../graph/graph.ts';
import type { Graph, Node } from '../graph/node.ts';
import { buildUnrolledLanguageModel, feedNames } from '../model/languageModel.ts';
import type { LanguageModel } from '../model/languageModel.ts';
import type { StepwiseLayer, Reading } from '../model/network.ts';

/** How much of the gradient reaches a layer's output at each distance from the loss. */
export type LayerFlow = {
  /** Which way the layer reads: distances go back in its reading. */
  reading: Reading;
  /** From 0, the lowest. */
  layer: number;
  /** L2 norms over [batch, hidden] by distance in steps, 0 first; null where one is not finite. */
  norms: (number | null)[];
};

/** A reading's end, where its loss is taken: what a layer has read by then is all that can reach that loss. */
const losses: Readonly<Record<Reading, { targets: string; place: (steps: number) => number }>> = {
  forward: { targets: 'gradientFlow.last', place: (steps) => steps - 1 },
  backward: { targets: 'gradientFlow.first', place: () => 0 },
};

const outputName = (reading: Reading, layer: number) => `gradientFlow.${reading}.${layer}`;

export interface GradientFlowGraph {
  /** Reads the training's feeds, `gradientFlowFeeds`, its weights and states; changes nothing. */
  graph: Graph;
  /** Each layer with the output that holds its gradients, [steps · batch, hidden], distance after distance. */
  layers: readonly { reading: Reading; layer: number; output: string }[];
}

/**
 * The gradients of one step's loss with respect to each layer's output h at that step and those before it.
 *
 * The loss is the cross entropy of the window's last step alone, its mean over the batch, with the dropout of training: of
 * the losses of all steps together, those near an early step would hide what comes back to it from far away. The layers
 * of a bidirectional model that read backwards have theirs at the first step, the last that they read.
 *
 * It is taken with respect to h in every cell, so that cells can be compared. What an LSTM carries in c reaches the h
 * before it through the gates of the next step, so h tells of it too.
 */
export function buildGradientFlowGraph(configuration: Configuration, vocabularySize: number): GradientFlowGraph {
  const { model, training } = configuration;
  const { batchSize, steps } = training;
  const b = new GraphBuilder();
  const built = buildUnrolledLanguageModel(b, { model, vocabularySize, batchSize, steps, dropout: training });
  const outputs: Record<string, Node> = {};
  const layers = built.stacks.flatMap(({ reading, layers: results }) => {
    const loss = lossOf(b, built, { reading, batchSize, steps });
    const byDistance = results.map(({ steps: made }) => outputsByDistance(made, reading));
    const gradientOf = gradients(b, loss, byDistance.flat());
    return byDistance.map((nodes, layer) => {
      const output = outputName(reading, layer);
      outputs[output] = b.join(
        nodes.flatMap((node) => gradientOf.get(node) ?? []),
        0,
      );
      return { reading, layer, output };
    });
  });
  return { graph: b.finish(outputs), layers };
}

/** What is fed beside the feeds of training: the targets of the steps whose losses are taken, [batch] each. */
export function gradientFlowFeeds(feeds: Feeds, { batchSize, steps }: Configuration['training']): Feeds {
  const targets = feeds[feedNames.targets];
  if (targets === undefined) throw new Error(`a training step is fed ${feedNames.targets}`);
  const of = (reading: Reading) => {
    const start = losses[reading].place(steps) * batchSize;
    return { [losses[reading].targets]: targets.subarray(start, start + batchSize) };
  };
  return { ...of('forward'), ...of('backward') };
}

/**
 * The norm of each step's rows.
 *
 * @param gradient [steps · batch, hidden]
 * @returns one norm a step. Summed in float64 here and not in the graph: gradients vanish far below what has a square in
 *   float32 (1e-19), and that they do is what is to be seen.
 */
export function normsOf(gradient: ArrayLike<number>, steps: number): (number | null)[] {
  const size = gradient.length / steps;
  return Array.from({ length: steps }, (_, step) => {
    let sum = 0;
    for (let index = step * size; index < (step + 1) * size; index++) sum += (gradient[index] ?? NaN) ** 2;
    // Six digits are more than float32 is good for after a pass back through a window.
    return Number.isFinite(sum) ? Number(Math.sqrt(sum).toPrecision(6)) : null;
  });
}

/** Measures how gradients flow through a run's network: a program beside that of training, run when a record is due. */
export class GradientFlow {
  private constructor(
    private readonly program: Program,
    private readonly layers: GradientFlowGraph['layers'],
    private readonly training: Configuration['training'],
  ) {}

  /** @throws EngineError */
  static async create(engine: Engine, configuration: Configuration, vocabularySize: number): Promise<GradientFlow> {
    const { graph, layers } = buildGradientFlowGraph(configuration, vocabularySize);
    return new GradientFlow(await engine.compile(graph), layers, configuration.training);
  }

  /**
   * Whether a step is to be measured: the first, and every so many after it.
   * @param step over all epochs, from 1
   */
  isDue(step: number): boolean {
    const { gradientFlowSteps } = this.training;
    return gradientFlowSteps !== null && (step - 1) % gradientFlowSteps === 0;
  }

  /**
   * The flow through the window that is fed, with the weights and states as they are.
   * @param feeds those of the training step
   */
  async measure(variables: Variables, feeds: Feeds): Promise<LayerFlow[]> {
    const outputs = await this.program.run(variables, { ...feeds, ...gradientFlowFeeds(feeds, this.training) });
    return this.layers.map(({ reading, layer, output }) => ({
      reading,
      layer,
      norms: normsOf(outputs[output] ?? [], this.training.steps),
    }));
  }

  async dispose(): Promise<void> {
    await this.program.dispose();
  }
}

/** A layer's outputs h, the one at the loss first, each [batch, hidden]. A cell's first state is its output. */
function outputsByDistance(made: StepwiseLayer['steps'], reading: Reading): Node[] {
  const outputs = made.flatMap(({ states }) => states.slice(0, 1));
  return reading === 'forward' ? outputs.reverse() : outputs;
}

/** The loss at a reading's end, a scalar in nats. */
function lossOf(
  b: GraphBuilder,
  { logits }: Pick<LanguageModel, 'logits'>,
  { reading, batchSize, steps }: { reading: Reading; batchSize: number; steps: number },
): Node {
  const { targets, place } = losses[reading];
  const start = place(steps) * batchSize;
  const scores = rowsOf(b, logits, start, start + batchSize);
  const perStream = b.crossEntropy(scores, b.input(targets, [batchSize], 'integer'));
  return b.multiply(b.sum(perStream), b.constant(1 / batchSize));
}

/**
 * Some rows of a result, from the same rows of what it is made of: the output layer is most of a window's work, and the
 * loss of one step needs it for that step alone.
 */
function rowsOf(b: GraphBuilder, node: Node, start: number, end: number): Node {
  const rows = (input: Node) => rowsOf(b, input, start, end);
  const [first, second] = node.inputs;
  const [extent] = node.shape;
  if (node.operation === 'add' && first && second) {
    const of = (input: Node) => (input.shape.length === 2 && input.shape[0] === extent ? rows(input) : input);
    return b.add(of(first), of(second));
  }
  if (node.operation === 'matmul' && first && second && !node.attributes.transposeA) {
    return b.matmul(rows(first), second, node.attributes);
  }
  if (node.operation === 'join' && node.attributes.axis === 1) return b.join(node.inputs.map(rows), 1);
  return b.slice(node, 0, start, end);
}
