import { ConfigurationError } from '../util/errors.ts';

/**
 * Token ids in the order of the text. `Uint16Array` where the vocabulary has at most 65,536 words.
 */
export type TokenIds = Int32Array | Uint16Array;

/**
 * A text cut into `batchSize` rows that are read side by side, in windows of `steps` tokens: the layout of TensorFlow's and
 * Zaremba's PTB readers (arXiv:1409.2329). Row b is ids[b·rowLength..(b+1)·rowLength) with rowLength = ⌊n / batchSize⌋, so
 * state carried from window to window stays with its row. What fills no row or no window at the end is left out.
 */
export class BatchStream {
  /** How many windows a pass over the text has: ⌊(rowLength - 1) / steps⌋. */
  readonly windows: number;
  /** Tokens predicted in all windows. */
  readonly tokens: number;
  private readonly rowLength: number;

  /** Throws a ConfigurationError when the text is too short for one window. */
  constructor(
    private readonly ids: TokenIds,
    private readonly batchSize: number,
    private readonly steps: number,
  ) {
    for (const [name, value] of Object.entries({ batchSize, steps })) {
      if (!Number.isInteger(value) || value < 1) {
        throw new ConfigurationError(`${name} must be a whole number of at least 1, but is ${value}.`);
      }
    }
    this.rowLength = Math.floor(ids.length / batchSize);
    this.windows = Math.max(0, Math.floor((this.rowLength - 1) / steps));
    this.tokens = this.windows * steps * batchSize;
    if (this.windows === 0) {
      throw new ConfigurationError(
        `The text of ${ids.length} tokens is too short for batchSize ${batchSize} × steps ${steps}: ` +
          `it needs at least ${batchSize} × (${steps} + 1) = ${batchSize * (steps + 1)}. ` +
          'Choose a smaller batchSize or fewer steps, or a longer text.',
      );
    }
  }

  /**
   * Writes window `index` (from 0) into the two arrays, both [steps, batch], time first: entry t·batchSize + b is row b's
   * token at index·steps + t, and in `targets` the one after it. `inputs` may hold more steps: it then goes on with the
   * text that follows the window, as `read` does.
   */
  window(index: number, inputs: Int32Array, targets: Int32Array): void {
    const { batchSize, steps } = this;
    if (!Number.isInteger(index) || index < 0 || index >= this.windows) {
      throw new RangeError(`BatchStream: no window ${index} among ${this.windows}`);
    }
    const isWhole = inputs.length >= steps * batchSize && inputs.length % batchSize === 0;
    if (!isWhole || targets.length !== steps * batchSize) {
      throw new RangeError(
        `BatchStream: inputs and targets must hold ${steps} × ${batchSize} entries, but hold ${inputs.length} and ${targets.length}`,
      );
    }
    this.read(index * steps, inputs);
    this.read(index * steps + 1, targets);
  }

  /**
   * Writes each row's tokens from `position` of the row on into an array [steps, batch], time first. Behind a row's end
   * stands the text that follows it, which is the next row's; behind the text's end token 0.
   */
  read(position: number, into: Int32Array): void {
    const { ids, batchSize, rowLength } = this;
    for (let row = 0; row < batchSize; row++) {
      const start = row * rowLength + position;
      for (let place = row, at = start; place < into.length; place += batchSize, at++) into[place] = ids[at] ?? 0;
    }
  }
}
