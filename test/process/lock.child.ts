/** Wants the lock of a run as often as it is told to, tells what came of it, and keeps what it got until it is told. */
import { acquireRunLock } from '../../src/runs/lock.ts';
import type { RunLock } from '../../src/runs/lock.ts';
import { messageOf } from '../../src/util/errors.ts';

const folder = process.argv[2] ?? '';
let lock: RunLock | undefined;

process.on('message', (word) => {
  void (async () => {
    try {
      if (word === 'acquire') lock = await acquireRunLock(folder);
      else await lock?.release();
      process.send?.('done');
    } catch (error) {
      process.send?.(messageOf(error));
    }
  })();
});
process.on('disconnect', () => process.exit());
process.send?.('ready');
