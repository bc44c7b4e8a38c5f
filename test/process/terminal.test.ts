import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { readStatus, thisMachine } from '../../src/runs/files.ts';
import { findTrainerProcess } from '../../src/runs/lock.ts';
import { listRuns } from '../../src/runs/list.ts';
import {
  cleanFolders,
  commandLine,
  essenceOf,
  jsonLines,
  onlyRun,
  run,
  seqlab,
  start,
  temporaryFolder,
  write,
} from './support.ts';
import { metricsSize, request, until, untilRecorded } from './trainers.ts';

/** Runs that outlive a terminal, or end with it. */

cleanFolders('all');

/** Trainers that nothing ends but a test. */
const detached: number[] = [];
afterEach(() => {
  for (const pid of detached.splice(0)) if (thisMachine.isAlive(pid)) process.kill(pid, 'SIGKILL');
});

const training = ['train', '--threads', '1', '--set', 'model.hiddenSize=8', '--epochs', '1000', '--no-test'];

function hasPython(): boolean {
  try {
    execFileSync('python3', ['-c', 'import os, pty; os.waitstatus_to_exitcode']);
    return true;
  } catch {
    return false;
  }
}

/** Runs a program in a terminal, which is closed when it prints a pattern. @returns its exit code */
async function closeTerminal(pattern: string, command: readonly string[], cwd?: string): Promise<number> {
  const script = join(import.meta.dirname, 'terminal.py');
  const outcome = await start('python3', [script, pattern, ...command], cwd === undefined ? {} : { cwd }).outcome;
  expect(outcome).toMatchObject({ code: 0, stderr: '' });
  return Number(outcome.stdout);
}

describe.runIf(process.platform !== 'win32' && hasPython())('a terminal that is closed', () => {
  it('ends training as a termination request does, however often it is told', async () => {
    const runs = await temporaryFolder();
    expect(await closeTerminal('After 0 steps', [...commandLine, ...training, '--runs', runs])).toBe(130);
    const folder = await onlyRun(runs);
    const { state, ended, message, progress } = await readStatus(folder);
    expect({ state, ended }).toEqual({ state: 'interrupted', ended: { by: 'signal' } });
    expect(message).toBe(`Interrupted after step ${progress.step}: its terminal was closed.`);
    expect((await essenceOf(folder)).progress.position.step).toBe(progress.step);
  });

  it('ends a run whose output goes elsewhere, with advice', async () => {
    const folder = await temporaryFolder();
    const script = 'exec "$@" 2>errors';
    const command = ['sh', '-c', script, 'sh', ...commandLine, ...training, '--runs', 'runs', '--json'];
    expect(await closeTerminal('"event":"step"', command, folder)).toBe(130);
    expect(await readFile(join(folder, 'errors'), 'utf8')).toMatch(
      /^seqlab: the terminal was closed: ending after this step and saving a checkpoint\nseqlab: Interrupted after step \d+: its terminal was closed\. Resume it with: node \S+cli\.js resume ".*"\n$/,
    );
  });

  it('does not touch a run that was started with nohup', async () => {
    const folder = await temporaryFolder();
    const script = 'nohup "$@" & while ! grep -q "After 0 steps" nohup.out; do sleep 0.1; done; echo trains; wait';
    const command = ['sh', '-c', script, 'sh', ...commandLine, ...training, '--runs', 'runs'];
    // The shell itself ends.
    expect(await closeTerminal('trains', command, folder)).toBe(-1);
    const directory = await onlyRun(join(folder, 'runs'));
    detached.push((await readStatus(directory)).pid);
    await untilRecorded(directory, await metricsSize(directory));
    await request(directory, 'stop');
    await until('it has ended', async () => (await readStatus(directory)).state === 'interrupted');
    expect((await readStatus(directory)).ended).toEqual({ by: 'user' });
  });

  it('does not touch a run that was started with --detach', async () => {
    const runs = await temporaryFolder();
    expect(
      await closeTerminal('Stop it with', [
        'sh',
        '-c',
        '"$@"; sleep 60',
        'sh',
        ...commandLine,
        ...training,
        '--detach',
        '--runs',
        runs,
      ]),
    ).toBe(-1);
    const folder = await onlyRun(runs);
    const { pid } = await readStatus(folder);
    detached.push(pid);
    await untilRecorded(folder, await metricsSize(folder));
    expect(thisMachine.isAlive(pid)).toBe(true);
  });
});

it.runIf(process.platform !== 'win32')('a hangup is nothing to a run without a terminal', async () => {
  const runs = await temporaryFolder();
  const child = seqlab([...training, '--json', '--runs', runs]);
  await child.line(/"event":"step"/);
  const folder = await onlyRun(runs);
  child.kill('SIGHUP');
  await untilRecorded(folder, await metricsSize(folder));
  expect((await readStatus(folder)).state).toBe('running');
  child.kill('SIGTERM');
  expect((await child.outcome).code).toBe(130);
  expect((await readStatus(folder)).ended).toEqual({ by: 'signal' });
});

describe('--detach', () => {
  const begunSchema = z.strictObject({
    event: z.literal('detached'),
    run: z.string(),
    directory: z.string(),
    pid: z.int().positive(),
    log: z.string(),
    output: z.string(),
  });

  /** Starts a run or resumes one. */
  async function detach(args: readonly string[]) {
    const { code, stdout, stderr } = await run([...args, '--detach', '--json']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const [begun, ...more] = jsonLines(stdout, begunSchema);
    expect(more).toEqual([]);
    if (begun === undefined) throw new Error('nothing was printed');
    detached.push(begun.pid);
    return begun;
  }

  it('starts a trainer, prints its run and returns; stop and resume --detach work on it', async () => {
    const runs = await temporaryFolder();
    const first = await detach([...training, '--runs', runs, '--name', 'apart']);
    expect(first.directory).toBe(join(runs, first.run));
    expect(await findTrainerProcess(first.directory)).toBe(first.pid);
    expect(await readStatus(first.directory)).toMatchObject({ state: 'running', pid: first.pid });
    await untilRecorded(first.directory);
    await until('it is logged', async () => (await readFile(first.log, 'utf8')).includes('In iteration: 1'));
    expect(await readdir(runs)).toEqual([first.run]);

    const stopped = await run(['stop', first.directory, '--json']);
    const { ended, progress } = await readStatus(first.directory);
    expect({ code: stopped.code, answer: JSON.parse(stopped.stdout) as unknown }).toEqual({
      code: 0,
      answer: { event: 'stopped', run: first.run, directory: first.directory, step: progress.step },
    });
    expect(ended).toEqual({ by: 'user' });
    expect((await essenceOf(first.directory)).progress.position.step).toBe(progress.step);
    expect(thisMachine.isAlive(first.pid)).toBe(false);
    expect(await readFile(first.output, 'utf8')).toBe(
      `sequence-lab trainer ${first.pid}: Stopped after step ${progress.step}.\n`,
    );

    const second = await detach(['resume', first.directory]);
    expect(second).toMatchObject({ run: first.run, directory: first.directory, output: first.output });
    expect(second.pid).not.toBe(first.pid);
    expect((await readStatus(first.directory)).ended).toBeUndefined();
    expect((await readdir(first.directory)).filter((name) => name.startsWith('.'))).toEqual([]);
    const { code, stdout } = await run(['stop', first.run, '--runs', runs]);
    expect(code).toBe(0);
    expect(await run(['stop', first.run, '--runs', runs])).toEqual({
      code: 3,
      stdout: '',
      stderr: 'seqlab: no process on this machine is training this run; if it was interrupted, resume it\n',
    });
    expect(stdout).toMatch(/^Run \S+: stopped after step [\d,]+; a checkpoint was saved\.\nResume it with: .*\n$/);
  });

  it('tells a person how to follow and to stop it', async () => {
    const runs = await temporaryFolder();
    const { code, stdout, stderr } = await run([...training, '--detach', '--runs', runs]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const directory = await onlyRun(runs);
    const { pid } = await readStatus(directory);
    detached.push(pid);
    const lines = stdout.split('\n');
    expect(lines[0]).toMatch(/^Run \S+ in /);
    expect(lines[1]).toBe(`Process ${pid} trains it, and goes on when this terminal is closed.`);
    expect(lines[2]).toContain(JSON.stringify(join(directory, 'log.txt')));
    expect(lines[3]).toMatch(/^Stop it with: node \S+cli\.js stop "/);
  });

  it.each([
    ['a text that is too short', ['--set', 'training.batchSize=4000', '--set', 'training.steps=1000'], 2],
    ['a device that is not there', ['--device', 'webgpu', '--engine', 'tensorflow'], 2],
    ['a corpus that is not there', ['--data', '/nowhere'], 3],
    ['a file in the place of the folder for runs', ['--runs', 'file'], 3],
  ])('%s: the error and the exit code of a run that is not detached, and nothing is left', async (_, wrong, code) => {
    const cwd = await temporaryFolder();
    await write(join(cwd, 'file'), '');
    const args = [...training, '--runs', 'runs/of/mine', ...wrong];
    const attached = await run(args, { cwd });
    const apart = await run([...args, '--detach'], { cwd });
    expect(apart).toEqual(attached);
    expect(apart.code).toBe(code);
    expect(apart.stderr).toMatch(/^seqlab: .+\n$/);
    expect(existsSync(join(cwd, 'runs'))).toBe(false);
  });

  it('a run that cannot be resumed: the same', async () => {
    const runs = await temporaryFolder();
    await run([...training, '--max-steps', '2', '--runs', runs]);
    const directory = await onlyRun(runs);
    const before = await readdir(directory);
    const attached = await run(['resume', directory]);
    expect(attached.code).toBe(2);
    expect(await run(['resume', directory, '--detach'])).toEqual(attached);
    expect(await readdir(directory)).toEqual(before);
  });

  it('Ctrl-C before it has begun leaves no run and no process', async () => {
    const folder = await temporaryFolder();
    const runs = join(folder, 'runs');
    // The threads are measured for a second or two.
    const child = seqlab([
      'train',
      '--detach',
      '--preset',
      'small',
      '--runs',
      runs,
      '--epochs',
      '1000',
      '--threads',
      '0',
    ]);
    await until('a process starts', async () => (await readdir(runs).catch(() => [])).length > 0);
    child.kill('SIGINT');
    const { code, stdout, stderr } = await child.outcome;
    expect({ code, stdout }).toEqual({ code: 130, stdout: '' });
    expect(stderr).toMatch(/ending before training begins\nseqlab: Interrupted before training began\.\n$/);
    expect(await listRuns(runs)).toEqual([]);
    expect(existsSync(runs)).toBe(false);
  });
});
