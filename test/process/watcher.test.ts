import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { expect, it } from 'vitest';

import { createRun } from '../../src/runs/store.ts';
import { RunsWatcher } from '../../src/runs/watcher.ts';
import { newRun, withFolder } from '../unit/runs/fixtures.ts';
import './support.ts';

it('shows a run as interrupted within 15 seconds of the kill -9 of its process', () =>
  withFolder(async (runs) => {
    const trainer = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
    await once(trainer, 'spawn');
    const store = await createRun(newRun(runs));
    await store.close();
    await writeFile(join(store.folder, 'status.json'), JSON.stringify({ ...store.status, pid: trainer.pid }));
    const watcher = new RunsWatcher(runs);
    try {
      await watcher.ready;
      expect(watcher.runs).toMatchObject([{ state: 'running' }]);
      const changes = new Promise<void>((settle) => watcher.onChange(() => settle()));
      const start = performance.now();
      trainer.kill('SIGKILL');
      await changes;
      expect(watcher.runs).toMatchObject([{ state: 'interrupted' }]);
      expect(performance.now() - start).toBeLessThan(15_000);
    } finally {
      trainer.kill('SIGKILL');
      watcher.dispose();
    }
  }));
