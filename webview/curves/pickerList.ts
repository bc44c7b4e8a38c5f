import type { CurveRun } from '../../src/protocol/curves.ts';
import { stateWords } from './words.ts';

/** The runs that a search finds, newest first: every word of it is in the name, the id, the preset or the state. */
export function matching(runs: readonly CurveRun[], search: string): CurveRun[] {
  const words = search.toLocaleLowerCase().split(/\s+/u).filter(Boolean);
  return runs
    .filter(({ name, id, preset, state }) => {
      const text = [name, id, preset ?? '', stateWords[state]].join('\n').toLocaleLowerCase();
      return words.every((word) => text.includes(word));
    })
    .sort((left, right) => right.createdAt - left.createdAt);
}
