/** A connection to the trainer of a run, which ends the run some time after it has gone. */
export interface Tie {
  /** Tells the trainer to go on without the connection, and ends it. */
  release(): Promise<void>;
  /** Ends the connection. */
  dispose(): void;
}

/**
 * One connection a run, made when it is asked for.
 */
export class RunTies {
  /** Null while a connection is being made: two requests must not make two. */
  private readonly ties = new Map<string, Tie | null>();

  /**
   * @param attach connects to the trainer of a run and tells when that connection has gone, whoever ended it; undefined
   *   where nothing trains the run
   * @param onGone told of a run whose connection has gone by itself: another process may train it at once
   */
  constructor(
    private readonly attach: (folder: string, onGone: () => void) => Promise<Tie | undefined>,
    private readonly onGone: (folder: string) => void,
  ) {}

  has(folder: string): boolean {
    return this.ties.has(folder);
  }

  /** Connects to the trainer of a run, where there is one and no connection to it yet. */
  async tie(folder: string): Promise<void> {
    if (this.ties.has(folder)) return;
    this.ties.set(folder, null);
    let isGone = false;
    const made: { tie: Tie | undefined } = { tie: undefined };
    const onGone = (): void => {
      isGone = true;
      if (made.tie === undefined || this.ties.get(folder) !== made.tie) return;
      this.ties.delete(folder);
      this.onGone(folder);
    };
    made.tie = await this.attach(folder, onGone).catch(() => undefined);
    const { tie } = made;
    // It may have been untied meanwhile.
    if (this.ties.get(folder) !== null) tie?.dispose();
    else if (tie === undefined || isGone) this.ties.delete(folder);
    else this.ties.set(folder, tie);
  }

  /** Lets a run go on without its window. */
  async release(folder: string): Promise<void> {
    const tie = this.ties.get(folder);
    this.ties.delete(folder);
    await tie?.release();
  }

  /** Ends the connection to a run. */
  drop(folder: string): void {
    const tie = this.ties.get(folder);
    this.ties.delete(folder);
    tie?.dispose();
  }

  dispose(): void {
    for (const folder of [...this.ties.keys()]) this.drop(folder);
  }
}
