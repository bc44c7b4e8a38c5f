/**
 * Errors that a person is meant to read. Each kind has the exit code with which the command line ends; anything else
 * that is thrown is a fault of ours and ends with 1.
 */
export class SequenceLabError extends Error {
  constructor(
    message: string,
    readonly exitCode: number,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** Wrong usage or configuration: an option, a key, a value. */
export class ConfigurationError extends SequenceLabError {
  constructor(message: string, options?: ErrorOptions) {
    super(message, 2, options);
  }
}

/** Trouble with a corpus or another file: missing, unreadable, malformed, damaged, no space. */
export class FileError extends SequenceLabError {
  constructor(message: string, options?: ErrorOptions) {
    super(message, 3, options);
  }
}

/** The engine cannot run what it was asked for: no binary, no GPU, too large a graph. */
export class EngineError extends SequenceLabError {
  constructor(message: string, options?: ErrorOptions) {
    super(message, 2, options);
  }
}

/** Training met a loss or a gradient norm that is not a finite number, or costs without hope. */
export class DivergedError extends SequenceLabError {
  /** A learning rate with which the run may go on from its newest checkpoint; left out where there is none. */
  readonly lowerLearningRate: number | undefined;

  constructor(message: string, options?: ErrorOptions & { lowerLearningRate?: number }) {
    super(message, 4, options);
    this.lowerLearningRate = options?.lowerLearningRate;
  }
}

/** The run was asked to end before it was done. */
export class InterruptedError extends SequenceLabError {
  constructor(message: string, options?: ErrorOptions) {
    super(message, 130, options);
  }
}

/** The text of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
