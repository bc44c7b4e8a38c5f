import { cp, mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { readConfig, readStatus } from '../../src/runs/files.ts';
import { mountTinyDisk } from '../unit/runs/fixtures.ts';
import type { Scene } from './badInputCases.ts';
import { configurations, corpora, places, runs, train, usage } from './badInputCases.ts';
import {
  cleanFolders,
  eventsOf,
  isAlive,
  only,
  onlyRun,
  run,
  seqlab,
  temporariesIn,
  temporaryFolder,
  tinyTraining,
  write,
  writeCorpus,
} from './support.ts';

cleanFolders('all');

/** A folder with a corpus and a run that is done, which every case gets a copy of. */
let model: { folder: string; id: string };
beforeAll(async () => {
  const folder = await temporaryFolder();
  await writeCorpus(join(folder, 'corpus'), { train: 50, valid: 20, test: 20 });
  const outcome = await run([...tinyTraining, '--data', 'corpus', '--runs', 'runs', '--name', 'base'], { cwd: folder });
  model = { folder, id: only(eventsOf(outcome), 'done').run };
});

async function newScene(): Promise<Scene> {
  const folder = await temporaryFolder();
  await cp(model.folder, folder, { recursive: true });
  const directory = join(folder, 'runs', model.id);
  const edit: Scene['edit'] = async (name, change) => {
    const path = join(directory, name);
    const value = z.record(z.string(), z.unknown()).parse(JSON.parse(await readFile(path, 'utf8')));
    change(value);
    await writeFile(path, JSON.stringify(value));
  };
  const config = join(directory, 'config.json');
  await writeFile(config, (await readFile(config, 'utf8')).replaceAll(model.folder, folder));
  return { folder, directory, id: model.id, edit, put: (path, content) => write(join(folder, path), content) };
}

describe.each([
  { of: 'a corpus', cases: corpora },
  { of: 'a configuration', cases: configurations },
  { of: 'usage', cases: usage },
  { of: 'places', cases: places },
  { of: 'runs', cases: runs },
])('bad input: $of', ({ cases }) => {
  it.concurrent.each(cases)('$name', async ({ before, args, code, says, env = {}, noisy = false }) => {
    const scene = await newScene();
    await before?.(scene);
    const filesBefore = await readdir(scene.folder, { recursive: true });
    const stateBefore = await readFile(join(scene.directory, 'status.json'), 'utf8');
    const child = seqlab(typeof args === 'function' ? args(scene) : args, { cwd: scene.folder, env });
    const outcome = await child.outcome;
    const lines = outcome.stderr.split('\n').filter((line) => !noisy || line.startsWith('seqlab: '));
    expect(lines.filter((line) => line !== '')).toEqual([expect.stringMatching(/^seqlab: [^\n]+$/)]);
    expect(outcome.stderr).toMatch(says);
    expect(lines.join('\n')).not.toMatch(/unexpected error|\n {4}at /);
    expect(outcome).toMatchObject({ code, stdout: '' });
    expect(await readdir(scene.folder, { recursive: true })).toEqual(filesBefore);
    expect(await readFile(join(scene.directory, 'status.json'), 'utf8')).toBe(stateBefore);
    expect(isAlive(child)).toBe(false);
  });
});

it('shows where it came from with --verbose', async () => {
  const { stderr } = await run(['train', '--data', 'nowhere', '--verbose'], { cwd: await temporaryFolder() });
  expect(stderr).toMatch(/^seqlab: .*nowhere: it does not exist.*\nFileError: .*\n +at /);
});

it('says what is wrong with each run in the list', async () => {
  const { folder, edit, id } = await newScene();
  await edit('config.json', (config) => (config['format'] = 99));
  await mkdir(join(folder, 'runs/empty'));
  const { code, stdout } = await run(['runs', '--json', '--runs', 'runs'], { cwd: folder });
  expect(code).toBe(0);
  const listed = stdout
    .trim()
    .split('\n')
    .map((line) => z.looseObject({ run: z.string() }).parse(JSON.parse(line)));
  expect(listed).toHaveLength(2);
  expect(listed).toContainEqual(
    expect.objectContaining({ run: id, state: 'broken', problem: expect.stringMatching(/newer/) as unknown }),
  );
});

describe('a full disk', () => {
  const checkpoints = ['--set', 'training.checkpointSeconds=0', '--set', 'model.hiddenSize=30'];

  it('before the first step ends the run, and leaves nothing', async () => {
    const { folder } = await newScene();
    const disk = join(folder, 'disk');
    await mkdir(disk);
    const mounted = mountTinyDisk(disk, 8);
    if (!mounted) return;
    try {
      const { code, stderr } = await run([...train, ...checkpoints, '--runs', 'disk/runs'], { cwd: folder });
      expect(stderr).toMatch(/^seqlab: cannot [^\n]+: the disk is full; free some space and try again \(ENOSPC\)\n$/);
      expect(code).toBe(3);
      expect(await readdir(join(disk, 'runs')).catch(() => [])).toEqual([]);
      expect(await temporariesIn(disk)).toEqual([]);
    } finally {
      mounted.unmount();
    }
  });

  it('while training has the run wait until there is space again', async () => {
    const { folder } = await newScene();
    const disk = join(folder, 'disk');
    await mkdir(disk);
    const mounted = mountTinyDisk(disk, 64);
    if (!mounted) return;
    const child = seqlab([...train, ...checkpoints, '--json', '--runs', 'disk/runs'], { cwd: folder });
    try {
      await child.line(/Training waits, because cannot .*: the disk is full; free some space and try again \(ENOSPC\)/);
      mounted.grow(8 * 1024);
      const { code, stderr, stdout } = await child.outcome;
      expect(stderr).toMatch(/Training continues after a wait of \d+ s/);
      expect({ code, done: stdout.includes('"event":"done"') }).toEqual({ code: 0, done: true });
      expect(await temporariesIn(disk)).toEqual([]);
    } finally {
      child.kill('SIGKILL');
      await child.outcome;
      mounted.unmount();
    }
  });

  it.runIf(process.platform === 'linux')('under stdout ends training with a checkpoint', async () => {
    const { folder } = await newScene();
    const child = seqlab([...train, '--runs', 'full', '--epochs', '100'], { cwd: folder, stdout: '/dev/full' });
    const { code, stderr } = await child.outcome;
    expect(stderr).toMatch(/^seqlab: cannot write to standard output: the disk is full.*\nseqlab: Interrupted .*\n$/);
    expect(code).toBe(130);
    const status = await readStatus(await onlyRun(join(folder, 'full')));
    expect(status.state).toBe('interrupted');
    expect(status.ended).toEqual({ by: 'accident' });
  });
});

it('a diverging run ends with the step, the last checkpoint and advice', async () => {
  const { folder } = await newScene();
  const rate = ['--set', 'training.learningRate=1e6', '--set', 'training.gradientClip=null'];
  const outcome = await run([...train, ...rate, '--runs', 'diverged'], { cwd: folder });
  expect(outcome.code).toBe(4);
  expect(outcome.stderr).toMatch(
    /^seqlab: Training diverged (at|by) step \d+ .*smaller training\.learningRate \(now 1000000\).*training\.gradientClip.* The last good checkpoint was saved at step 0\. Resume from it with: node \S+ resume ".+" --learning-rate 250000\n$/,
  );
  const { directory } = only(eventsOf(outcome), 'start');
  const { state, message } = await readStatus(directory);
  expect(state).toBe('diverged');
  expect(outcome.stderr.startsWith(`seqlab: ${message} Resume `)).toBe(true);
  expect((await run(['eval', basename(directory), '--runs', 'diverged'], { cwd: folder })).code).toBe(0);

  const resumed = await run(['resume', directory, '--json', '--learning-rate', '0.5'], { cwd: folder });
  expect(resumed).toMatchObject({ code: 0, stderr: '' });
  expect(eventsOf(resumed).find(({ event }) => event === 'step')).toMatchObject({ step: 1, learningRate: 0.5 });
  expect(await readStatus(directory)).toMatchObject({ state: 'done' });
  expect((await readConfig(directory)).configuration.training.learningRate).toBe(0.5);
  expect(await readFile(join(directory, 'log.txt'), 'utf8')).toContain(
    'The learning rate is 0.5 after step 0 (before: 1000000).',
  );
});
