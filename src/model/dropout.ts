import type { TrainingConfiguration } from '../config/schema.ts';
import type { GraphBuilder } from '../graph/graph.ts';
import type { Node, Shape } from '../graph/node.ts';
import type { LayerWeights } from './cells/cell.ts';

/** A dropout mask that is fed at each step: each element 0, or 1 / keepProbability. */
export interface MaskSpecification {
  name: string;
  shape: Shape;
  keepProbability: number;
}

/** What dropout keeps: of the embedded input, of layers' outputs, of recurrent weights and of the vocabulary. */
export type DropoutOptions = Pick<
  TrainingConfiguration,
  | 'inputKeepProbability'
  | 'outputKeepProbability'
  | 'variationalDropout'
  | 'weightKeepProbability'
  | 'embeddingKeepProbability'
>;

/** Multiplies with masks that are fed, and remembers which. */
export class Dropout {
  readonly masks: MaskSpecification[] = [];

  constructor(
    private readonly b: GraphBuilder,
    private readonly options: { dropout?: DropoutOptions; batchSize: number; vocabularySize: number },
  ) {}

  /**
   * Drops whole words: every embedding of a word that is not kept is zero in this window (Gal and Ghahramani, 2016).
   * @param text the embedded tokens, [rows, embeddingSize]
   * @param tokens their ids, [rows]
   */
  words(text: Node, tokens: Node): Node {
    const keepProbability = this.options.dropout?.embeddingKeepProbability ?? 1;
    if (keepProbability === 1) return text;
    const mask = this.mask('mask.words', [this.options.vocabularySize, 1], keepProbability);
    return this.b.multiply(text, this.b.gather(mask, tokens));
  }

  /** Drops recurrent weights, the same at all steps of the window (weight drop: Merity, Keskar and Socher, 2018). */
  weights(weights: LayerWeights, name: string): LayerWeights {
    const keepProbability = this.options.dropout?.weightKeepProbability ?? 1;
    if (keepProbability === 1) return weights;
    const { recurrent } = weights;
    return { ...weights, recurrent: this.b.multiply(recurrent, this.mask(name, recurrent.shape, keepProbability)) };
  }

  private mask(name: string, shape: Shape, keepProbability: number): Node {
    this.masks.push({ name, shape, keepProbability });
    return this.b.input(name, shape);
  }

  /** @param x [steps · batch, hidden] */
  apply(x: Node, name: string, which: 'inputKeepProbability' | 'outputKeepProbability'): Node {
    const { dropout, batchSize } = this.options;
    const keepProbability = dropout?.[which] ?? 1;
    if (keepProbability === 1) return x;
    const [rows = 0, width = 0] = x.shape;
    const shape = dropout?.variationalDropout === true ? [batchSize, width] : x.shape;
    const mask = this.mask(name, shape, keepProbability);
    if (shape === x.shape) return this.b.multiply(x, mask);
    const steps = this.b.reshape(x, [rows / batchSize, batchSize, width]);
    return this.b.reshape(this.b.multiply(steps, mask), x.shape);
  }
}
