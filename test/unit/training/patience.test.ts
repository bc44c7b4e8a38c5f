import { describe, expect, it } from 'vitest';
import { Patience } from '../../../src/training/patience.ts';
import { FileError } from '../../../src/util/errors.ts';
import { fileErrorFrom } from '../../../src/util/fileErrors.ts';

const refusal = (code: string) => fileErrorFrom(Object.assign(new Error(code), { code }), 'cannot write /a');

function scene({ signal = new AbortController().signal, milliseconds = 10_000 } = {}) {
  const told: string[] = [];
  const gaps: number[] = [];
  let tries = 0;
  const patience = new Patience({
    signal,
    milliseconds,
    onNotice: (sentence) => told.push(sentence),
    onTry: () => Promise.resolve(void tries++),
    onGoOn: (_, waited) => Promise.resolve(void gaps.push(waited)),
  });
  return { patience, told, gaps, tries: () => tries };
}

/** Fails so many times, then gives 7. */
function failing(times: number, error: Error): () => Promise<number> {
  let left = times;
  return () => (left-- > 0 ? Promise.reject(error) : Promise.resolve(7));
}

describe('a write that is refused', () => {
  it('is tried again until it works; waiting and its end are told once', async () => {
    const { patience, told, gaps, tries } = scene();
    patience.begin();
    expect(await patience.write(failing(2, refusal('ENOSPC')))).toBe(7);
    expect(told).toEqual([
      'Training waits, because cannot write /a: the disk is full; free some space and try again (ENOSPC). It is tried again until it works.',
      expect.stringMatching(/^Training continues after a wait of \d+ s: it can write again\.$/),
    ]);
    expect(tries()).toBe(2);
    // Half a second, then a whole one.
    expect(gaps[0]).toBeGreaterThan(1400);
    expect(await patience.write(() => Promise.resolve(1))).toBe(1);
    expect(told).toHaveLength(2);
  });

  it('waits together with others, and tells of it once', async () => {
    const { patience, told, gaps } = scene();
    patience.begin();
    const writes = [1, 1, 2].map((times) => patience.write(failing(times, refusal('EIO'))));
    expect(await Promise.all(writes)).toEqual([7, 7, 7]);
    expect(told.filter((sentence) => sentence.startsWith('Training waits'))).toHaveLength(gaps.length);
  });

  it('fails at once before the first checkpoint stands, and for a reason that cannot pass', async () => {
    const { patience, told } = scene();
    await expect(patience.write(failing(1, refusal('ENOSPC')))).rejects.toThrow('the disk is full');
    patience.begin();
    for (const error of [refusal('ENOENT'), new FileError('no'), new RangeError('a fault')])
      await expect(patience.write(failing(1, error))).rejects.toBe(error);
    expect(told).toEqual([]);
  });

  it('fails at once where the run is to end, also while it waits', async () => {
    const controller = new AbortController();
    const { patience } = scene({ signal: controller.signal });
    patience.begin();
    const write = patience.write(failing(100, refusal('ENOSPC')));
    setTimeout(() => controller.abort(), 50);
    await expect(write).rejects.toThrow('the disk is full');
    await expect(patience.write(failing(1, refusal('EIO')))).rejects.toThrow('the disk reported an error');
  });

  it('is given up in the end, and the message says for how long it was tried', async () => {
    const { patience } = scene({ milliseconds: 600 });
    patience.begin();
    const write = patience.write(failing(100, refusal('EROFS')));
    await expect(write).rejects.toThrow(/read-only.*It was tried again for 1 s\.$/);
  });
});
