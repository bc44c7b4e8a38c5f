/** What panels get of a run's probe as it is. The numbers go to them otherwise; src/runs/probes.ts reads them. */

/** A place in the training of which there is a record. */
export interface ProbePlace {
  /** Steps done, over all epochs: 0 before the first. */
  readonly step: number;
  /** From 1: the epoch under way, or just done. */
  readonly epoch: number;
}

/** What the network wrote after a validation, drawn with the same numbers of chance each time. */
export interface Sample extends ProbePlace {
  readonly text: string;
}
