import { describe, expect, it } from 'vitest';
import { OpenedByKey } from '../../../../src/host/panels/curves/openedByKey.ts';

class Thing {
  isDisposed = false;
  dispose(): void {
    this.isDisposed = true;
  }
}

/** A promise that is settled from outside. */
function deferred() {
  let resolve: (thing: Thing) => void = () => undefined;
  let reject: (error: Error) => void = () => undefined;
  const promise = new Promise<Thing>((settle, fail) => ([resolve, reject] = [settle, fail]));
  return { promise, resolve, reject };
}

const never = (): Promise<Thing> => Promise.reject(new Error('it was open already'));

describe('what is opened by key', () => {
  it('is opened once', async () => {
    const things = new OpenedByKey<Thing>();
    const thing = await things.get('a', () => Promise.resolve(new Thing()));
    expect(await things.get('a', never)).toBe(thing);
  });

  it('is opened again where that failed', async () => {
    const things = new OpenedByKey<Thing>();
    await expect(things.get('a', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await things.get('a', () => Promise.resolve(new Thing()))).toBeInstanceOf(Thing);
  });

  it('stays where an older one of its key, that nobody needed any more, fails late', async () => {
    const things = new OpenedByKey<Thing>();
    const older = deferred();
    const failed = expect(things.get('a', () => older.promise)).rejects.toThrow('late');
    things.keepOnly(new Set());
    const newer = await things.get('a', () => Promise.resolve(new Thing()));
    older.reject(new Error('late'));
    await failed;
    expect(await things.get('a', never)).toBe(newer);
  });

  it('is told of when it is open, and not where that failed', async () => {
    const things = new OpenedByKey<Thing>();
    const opening = deferred();
    void things.get('opening', () => opening.promise);
    const failing = deferred();
    const failed = expect(things.get('failing', () => failing.promise)).rejects.toThrow('no');
    const told: string[] = [];
    things.forEach((_, key) => told.push(key));
    expect(told).toEqual([]);
    failing.reject(new Error('no'));
    opening.resolve(new Thing());
    await failed;
    expect(told).toEqual(['opening']);
  });

  it('is disposed of when nobody needs it, also before it is open', async () => {
    const things = new OpenedByKey<Thing>();
    const kept = await things.get('kept', () => Promise.resolve(new Thing()));
    const opening = deferred();
    void things.get('opening', () => opening.promise);
    things.keepOnly(new Set(['kept']));
    const late = new Thing();
    opening.resolve(late);
    await opening.promise;
    expect([kept.isDisposed, late.isDisposed]).toEqual([false, true]);
  });
});
