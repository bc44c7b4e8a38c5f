import type { Learning } from '../../../protocol/predictions.ts';
import { listProbes, readProbe, readSamples } from '../../../runs/probes.ts';

/** So many records are drawn at most, and so many texts. */
const maxRecords = 60;
const maxSamples = 20;

type Record = Pick<Awaited<ReturnType<typeof readProbe>>, 'step' | 'epoch' | 'tokens' | 'next'>;

/** Reads what a run recorded while it learned: what it has read once it does not read again. */
export class LearningReader {
  private readonly records = new Map<number, Record>();

  /** @param folder the run's */
  constructor(private readonly folder: string) {}

  /** @throws FileError where the run's records cannot be listed; damaged ones are left out */
  async read(): Promise<Learning> {
    const places = thinned(await listProbes(this.folder), maxRecords);
    const kept = new Set(places.map(({ step }) => step));
    for (const step of this.records.keys()) if (!kept.has(step)) this.records.delete(step);
    for (const { step } of places) {
      if (this.records.has(step)) continue;
      const record = await readProbe(this.folder, step).catch(() => undefined);
      if (record === undefined) continue;
      // Without the hidden states, which are most of it.
      const { epoch, tokens, next } = record;
      this.records.set(step, { step, epoch, tokens, next });
    }
    const records = places.flatMap(({ step }) => this.records.get(step) ?? []);
    const samples = await readSamples(this.folder);
    return {
      tokens: records.at(-1)?.tokens ?? [],
      probes: records.map(({ step, epoch, next }) => ({ step, epoch, next })),
      samples: samples.slice(-maxSamples).reverse(),
    };
  }
}

/**
 * Of a long list every second, fourth, eighth … entry, and the last: as the list grows, those that were chosen before
 * stay chosen or go, so that none is read anew.
 */
export function thinned<T>(list: readonly T[], most: number): T[] {
  let every = 1;
  while (Math.ceil(list.length / every) + 1 > most) every *= 2;
  return list.filter((_, index) => index % every === 0 || index === list.length - 1);
}
