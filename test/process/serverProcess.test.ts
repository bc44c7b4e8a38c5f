import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, describe, expect, it } from 'vitest';

import { ServerProcess } from '../../src/host/processes/serverProcess.ts';
import type { AskOptions } from '../../src/host/processes/serverProcess.ts';
import { inference } from '../../src/protocol/inference.ts';
import { ManualClock } from '../unit/runs/manualClock.ts';
import { cleanFolders, inferenceScript, temporaryFolder } from './support.ts';

cleanFolders('each');
const servers: ServerProcess[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    await server.stop();
    server.dispose();
  }
});

/** A server process that does what it is told, and what it is heard to say. */
async function serverOf(script = join(import.meta.dirname, 'serverProcess.child.cjs')) {
  const clock = new ManualClock();
  const notices: string[] = [];
  const log: string[] = [];
  const server = new ServerProcess({
    script,
    logFolder: await temporaryFolder(),
    environment: () => process.env,
    onLog: (sentence) => log.push(sentence),
    onNotice: (sentence) => notices.push(sentence),
    onProblem: (error) => expect.fail(String(error)),
    clock,
  });
  servers.push(server);
  const next = async (text: string, options: AskOptions & { after?: string } = {}) => {
    const params = inference.next.params.parse({ model: { folder: '/run' }, text, after: options.after ?? '' });
    const { next: words, unknown } = await server.ask(inference.next, params, options);
    return { word: words[0]?.word, pid: Number(unknown[0]) };
  };
  return { server, clock, notices, log, next };
}

/** Resolves when a process is no more. */
function gone(pid: number | undefined): Promise<void> {
  return expect
    .poll(
      () => {
        try {
          process.kill(pid ?? 0, 0);
          return true;
        } catch {
          return false;
        }
      },
      { timeout: 10_000 },
    )
    .toBe(false);
}

describe('the process of the model server', () => {
  it('does not hold what it has answered', async () => {
    const { server } = await serverOf();
    const params = inference.next.params.parse({ model: { folder: '/run' }, text: 'x'.repeat(200_000), after: '' });
    const answers: WeakRef<object>[] = [];
    for (let asked = 0; asked < 50; asked++) answers.push(new WeakRef(await server.ask(inference.next, params)));
    const held = (): number => answers.filter((answer) => answer.deref() !== undefined).length;
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    // The last may still be on the stack.
    await expect.poll(() => (collect(), held())).toBeLessThanOrEqual(1);
  });

  it('is started by the first request and answers the next ones', async () => {
    const { server, next } = await serverOf();
    expect(server.pid).toBeUndefined();
    const first = await next('one');
    expect(first).toEqual({ word: 'one', pid: server.pid });
    expect(await next('two')).toEqual({ word: 'two', pid: first.pid });
  });

  it('gives its refusals in their words, and lives on', async () => {
    const { next } = await serverOf();
    const { pid } = await next('one');
    await expect(next('fail')).rejects.toThrow('no such run');
    expect((await next('two')).pid).toBe(pid);
  });

  it('is started again after a crash, and is asked the same again', async () => {
    const { next, log } = await serverOf();
    const { pid } = await next('one');
    const after = join(await temporaryFolder(), 'crashed');
    const [again, other] = await Promise.all([next('crash once', { after }), next('two')]);
    expect(again.word).toBe('crash once');
    expect(other.word).toBe('two');
    expect(again.pid).not.toBe(pid);
    expect(log.join('\n')).toContain('the model server ended with exit code 7: a fault in the engine');
  });

  it('tells of a second crash within a minute, and of a later one does not', async () => {
    const { next, clock } = await serverOf();
    await expect(next('crash')).rejects.toThrow(
      'the model server crashed twice within a minute; it ended with exit code 7: a fault in the engine',
    );
    expect((await next('one')).word).toBe('one');
    clock.pass(61_000);
    const after = join(await temporaryFolder(), 'crashed');
    expect((await next('crash once', { after })).word).toBe('crash once');
  });

  it('that has no script says so', async () => {
    const { next } = await serverOf(join(await temporaryFolder(), 'none.cjs'));
    await expect(next('one')).rejects.toThrow(/the model server crashed twice.*exit code 1: .*MODULE_NOT_FOUND/s);
  });

  it('ends when nothing has been asked of it for ten minutes', async () => {
    const { server, next, clock } = await serverOf();
    const { pid } = await next('one');
    clock.pass(9 * 60_000);
    expect((await next('two')).pid).toBe(pid);
    clock.pass(9 * 60_000);
    expect(server.pid).toBe(pid);
    clock.pass(61_000);
    await gone(pid);
    expect((await next('three')).pid).not.toBe(pid);
  });

  it('ends soon after the last who held it has let go', async () => {
    const { server, next, clock } = await serverOf();
    const held = [server.retain(), server.retain()];
    const { pid } = await next('one');
    held[0]?.dispose();
    held[0]?.dispose();
    clock.pass(5000);
    expect(server.pid).toBe(pid);
    held[1]?.dispose();
    clock.pass(5000);
    await gone(pid);
  });

  it('stays for ten minutes when something new was asked after all had let go, whatever was under way then', async () => {
    const { server, next, clock, notices } = await serverOf();
    const held = server.retain();
    const aborting = new AbortController();
    const waiting = next('wait', { signal: aborting.signal });
    await expect.poll(() => notices, { timeout: 10_000 }).toEqual(['waiting']);
    held.dispose();
    const { pid } = await next('one');
    aborting.abort();
    await waiting;
    clock.pass(9 * 60_000);
    expect(server.pid).toBe(pid);
    clock.pass(61_000);
    await gone(pid);
  });

  it('is ended on demand: what is under way fails', async () => {
    const { server, next, notices } = await serverOf();
    const waiting = next('wait');
    const failure = expect(waiting).rejects.toThrow('the model server was stopped');
    await expect.poll(() => notices, { timeout: 10_000 }).toEqual(['waiting']);
    const { pid } = server;
    await server.stop();
    await failure;
    await gone(pid);
    expect((await next('one')).word).toBe('one');
  });

  it('is ended on demand after a crash, too: what is under way is not asked of a new one', async () => {
    const { server, next } = await serverOf();
    const { pid } = await next('one');
    const after = join(await temporaryFolder(), 'crashed');
    const failure = expect(next('crash once', { after })).rejects.toThrow('the model server was stopped');
    while (server.pid === pid) await new Promise((settle) => setImmediate(settle));
    await server.stop();
    await failure;
    expect(server.pid).toBeUndefined();
  });

  it('is told when an answer is not wanted any more', async () => {
    const { next, notices } = await serverOf();
    const aborting = new AbortController();
    const waiting = next('wait', { signal: aborting.signal });
    await expect.poll(() => notices, { timeout: 10_000 }).toEqual(['waiting']);
    aborting.abort();
    expect((await waiting).word).toBe('cancelled');
    await expect(next('one', { signal: aborting.signal })).rejects.toThrow();
  });

  it('tells each who waits the news of their own request', async () => {
    const { server } = await serverOf();
    const heard: string[][] = [[], []];
    const ask = (prompt: string, index: number) =>
      server.ask(
        inference.generate,
        inference.generate.params.parse({ model: { folder: '/run' }, prompt, words: 3, seed: 1 }),
        { onWords: ({ words }) => heard[index]?.push(...words) },
      );
    await Promise.all([ask('a', 0), ask('b', 1)]);
    expect(heard).toEqual([
      ['a', 'a', 'a'],
      ['b', 'b', 'b'],
    ]);
  });

  it('tells no word twice to who waits, whatever happens on the way', async () => {
    const { server } = await serverOf();
    const prompt = join(await temporaryFolder(), 'crashed');
    const heard: string[] = [];
    const params = inference.generate.params.parse({ model: { folder: '/run' }, prompt, words: 5, seed: 1 });
    await server.ask(inference.generate, params, { onWords: ({ words }) => heard.push(...words) });
    expect(heard).toEqual(Array<string>(5).fill(prompt));
  });

  it('is not started any more once the window closes', async () => {
    const { server, next } = await serverOf();
    const { pid } = await next('one');
    server.dispose();
    await gone(pid);
    await expect(next('two')).rejects.toThrow('the window is closing');
  });

  it('is the real one, too: it refuses in words, lives on, and ends when it is told to', async () => {
    const { server, next, log } = await serverOf(inferenceScript);
    await expect(next('one')).rejects.toThrow('/run');
    const { pid } = server;
    expect(pid).toBeDefined();
    await expect(server.ask(inference.close, {})).resolves.toEqual({});
    expect(server.pid).toBe(pid);
    await server.stop();
    await gone(pid);
    await expect.poll(() => log.at(-1)).toBe('the model server was stopped');
  });
});
