export type SplitName = 'train' | 'valid' | 'test';

export const splitNames = ['train', 'valid', 'test'] as const satisfies readonly SplitName[];

/** A record with what `make` gives for each split, made in that order. */
export function eachSplit<Value>(make: (name: SplitName) => Value): Record<SplitName, Value> {
  return { train: make('train'), valid: make('valid'), test: make('test') };
}
