import { expect, it } from 'vitest';
import { RunTies } from '../../../../src/host/processes/runTies.ts';

/** Trainers that take connections, and what has become of those. */
function trainers() {
  const connections: { folder: string; end: () => void; state: 'open' | 'released' | 'disposed' }[] = [];
  let isThere = true;
  let isAnswering = Promise.resolve();
  const gone: string[] = [];
  const ties = new RunTies(
    async (folder, onGone) => {
      await isAnswering;
      if (!isThere) return undefined;
      const connection = { folder, end: onGone, state: 'open' as 'open' | 'released' | 'disposed' };
      connections.push(connection);
      const end = (state: 'released' | 'disposed') => {
        if (connection.state !== 'open') return;
        connection.state = state;
        onGone();
      };
      return {
        dispose: () => end('disposed'),
        release: () => Promise.resolve(end('released')),
      };
    },
    (folder) => gone.push(folder),
  );
  return {
    ties,
    connections,
    gone,
    leave: () => (isThere = false),
    hold: () => {
      let answer = (): void => undefined;
      isAnswering = new Promise((resolve) => (answer = resolve));
      return () => answer();
    },
  };
}

it('a run that is resumed at once is tied to its new process', async () => {
  const { ties, connections, gone } = trainers();
  await ties.tie('/run');
  expect(ties.has('/run')).toBe(true);
  // Its process dies, and the list of runs has not seen it yet.
  connections[0]?.end();
  expect({ gone, has: ties.has('/run') }).toEqual({ gone: ['/run'], has: false });
  await ties.tie('/run');
  expect(connections).toHaveLength(2);
});

it('makes one connection a run, and none where nothing trains it', async () => {
  const { ties, connections, leave } = trainers();
  await Promise.all([ties.tie('/run'), ties.tie('/run')]);
  expect(connections).toHaveLength(1);
  leave();
  await ties.tie('/other');
  expect(ties.has('/other')).toBe(false);
});

it('ends what was untied while it was being made, and is not told of ends of its own', async () => {
  const { ties, connections, gone, hold } = trainers();
  const answer = hold();
  const tying = ties.tie('/run');
  ties.drop('/run');
  answer();
  await tying;
  expect(connections).toMatchObject([{ state: 'disposed' }]);
  await ties.tie('/run');
  await ties.release('/run');
  await ties.tie('/run');
  ties.dispose();
  expect(connections.map(({ state }) => state)).toEqual(['disposed', 'released', 'disposed']);
  expect({ gone, has: ties.has('/run') }).toEqual({ gone: [], has: false });
});

it('does not keep a connection that has gone before it was made known', async () => {
  const gone: string[] = [];
  const ties = new RunTies(
    (_, onGone) => {
      onGone();
      return Promise.resolve({ dispose: () => undefined, release: () => Promise.resolve() });
    },
    (folder) => gone.push(folder),
  );
  await ties.tie('/run');
  expect(ties.has('/run')).toBe(false);
});
