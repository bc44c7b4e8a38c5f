import { execFileSync } from 'node:child_process';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { constants } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  cleanFolders,
  essenceOf,
  eventsOf,
  only,
  onlyRun,
  run,
  seqlab,
  temporaryFolder,
  tinyTraining,
  writeCorpus,
} from './support.ts';
import type { Started } from './support.ts';

/** A disk that refuses to write for a while: by a library that is preloaded, as no real disk can be made to at a moment. */

cleanFolders('all');

let folder: string;
let library: string | undefined;
let training: string[];
let undisturbed: Awaited<ReturnType<typeof essenceOf>>;

beforeAll(async () => {
  folder = await temporaryFolder();
  try {
    library = join(folder, 'faultyDisk.so');
    const source = join(import.meta.dirname, 'faultyDisk.c');
    execFileSync('gcc', ['-shared', '-fPIC', '-w', '-o', library, source, '-ldl'], { stdio: 'pipe' });
  } catch {
    library = undefined;
  }
  const corpus = await writeCorpus(join(folder, 'corpus'), { train: 600 });
  training = [...tinyTraining, '--epochs', '12', '--set', 'training.checkpointSeconds=0.1', '--data', corpus];
  const whole = await run([...training, '--runs', 'whole'], { cwd: folder });
  undisturbed = await essenceOf(only(eventsOf(whole), 'done').directory);
});

/** Starts a run on a disk that refuses as long as the file that is returned is there. */
async function begin(name: string, error: number): Promise<{ child: Started; flag: string; runs: string }> {
  const [flag, runs] = [join(folder, `${name}.flag`), join(folder, name)];
  const env = { LD_PRELOAD: library ?? '', FAULTY_FOLDER: runs, FAULTY_WHILE: flag, FAULTY_ERROR: String(error) };
  const child = seqlab([...training, '--runs', runs], { cwd: folder, env });
  await child.line(/"event":"step"/);
  return { child, flag, runs };
}

const { errno } = constants;

describe.skipIf(process.platform !== 'linux')('a disk that refuses', () => {
  it.for([
    ['for want of space', errno.ENOSPC, 'the disk is full'],
    ['for a quota', errno.EDQUOT, 'the disk quota is exceeded'],
    ['with an error of its own', errno.EIO, 'the disk reported an error'],
    ['for a permission that is away', errno.EACCES, 'permission denied'],
  ] as const)('%s has a run wait, and end as if nothing had been', async ([name, error, words], context) => {
    context.skip(library === undefined, 'gcc is not there, to make the library with');
    const { child, flag, runs } = await begin(name.replaceAll(' ', '-'), error);
    await writeFile(flag, '');
    await child.line(/Training waits, because/);
    await wait(2000);
    await rm(flag);
    const outcome = await child.outcome;
    expect(outcome.code, outcome.stderr).toBe(0);
    expect(outcome.stderr.replaceAll('\n', ' ')).toContain(words);
    expect(outcome.stderr).toMatch(/Training continues after a wait of \d+ s/);
    const directory = await onlyRun(runs);
    expect(await essenceOf(directory)).toEqual(undisturbed);
    expect(await readFile(join(directory, 'log.txt'), 'utf8')).toContain('Training continues after a wait');
  });

  it('does not keep a run from being stopped: its last checkpoint stands, and it can be resumed', async (context) => {
    context.skip(library === undefined, 'gcc is not there, to make the library with');
    const { child, flag, runs } = await begin('stopped', errno.ENOSPC);
    await writeFile(flag, '');
    await child.line(/Training waits, because/);
    child.kill('SIGTERM');
    const { code, stderr } = await child.outcome;
    expect(code).not.toBe(0);
    expect(stderr.replaceAll('\n', ' ')).toContain('the disk is full');
    await rm(flag);
    const directory = await onlyRun(runs);
    expect(await run(['resume', directory, '--json'])).toMatchObject({ code: 0 });
    expect(await essenceOf(directory)).toEqual(undisturbed);
  });
});
