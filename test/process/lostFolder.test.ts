import { access, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { readMetrics } from '../../src/runs/metrics.ts';
import { readStatus } from '../../src/runs/files.ts';
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

/** What becomes of a run whose folder, or a file in it, is taken away while it trains. */

cleanFolders('all');

let folder: string;
let training: string[];
let undisturbed: Awaited<ReturnType<typeof essenceOf>>;

beforeAll(async () => {
  folder = await temporaryFolder();
  const corpus = await writeCorpus(join(folder, 'corpus'), { train: 600 });
  training = [...tinyTraining, '--epochs', '10', '--data', corpus];
  const whole = await run([...training, '--runs', 'whole'], { cwd: folder });
  undisturbed = await essenceOf(only(eventsOf(whole), 'done').directory);
});

async function begin(name: string) {
  const runs = join(folder, name);
  const child = seqlab([...training, '--runs', runs], { cwd: folder });
  await child.line(/"event":"epoch","epoch":1/);
  return { child, runs, directory: await onlyRun(runs) };
}

const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

describe.skipIf(process.platform !== 'linux')("a run's folder", () => {
  it('that is moved has the run end there, with a checkpoint from which it goes on', async () => {
    const { child, directory } = await begin('moved');
    const elsewhere = join(folder, 'elsewhere');
    await rename(directory, elsewhere);
    const { code, stderr } = await child.outcome;
    expect(code).toBe(3);
    expect(stderr.replaceAll('\n', ' ')).toContain(`the run's folder was moved to ${elsewhere}. Resume it there.`);
    expect(await isThere(directory)).toBe(false);
    const status = await readStatus(elsewhere);
    expect(status).toMatchObject({ state: 'interrupted', ended: { by: 'accident' } });
    expect(stderr).toContain(`Interrupted after step ${status.progress.step}:`);
    expect(await run(['resume', elsewhere, '--json'], { cwd: folder })).toMatchObject({ code: 0, stderr: '' });
    expect(await essenceOf(elsewhere)).toEqual(undisturbed);
  });

  it('that is deleted has the run end, and is not made again', async () => {
    const { child, runs, directory } = await begin('deleted');
    // The run writes meanwhile: a folder that is being emptied may have a new file.
    const remove = () => rm(directory, { recursive: true, force: true });
    await expect
      .poll(() =>
        remove().then(
          () => true,
          () => false,
        ),
      )
      .toBe(true);
    const { code, stderr } = await child.outcome;
    expect(code).toBe(3);
    expect(stderr.replaceAll('\n', ' ')).toContain(`The run's folder ${directory} is gone`);
    expect((await readdir(runs)).filter((name) => !name.startsWith('.'))).toEqual([]);
  });
});

describe('metrics.jsonl', () => {
  it.each(['replaced', 'deleted'])('that is %s while the run trains loses no later record', async (how) => {
    const { child, directory } = await begin(`metrics-${how}`);
    const path = join(directory, 'metrics.jsonl');
    if (how === 'deleted') await rm(path);
    else {
      await writeFile(`${path}.new`, await readFile(path));
      await rename(`${path}.new`, path);
    }
    const outcome = await child.outcome;
    expect(outcome.code, outcome.stderr).toBe(0);
    const records = await readMetrics(directory);
    expect(records.at(-1)).toMatchObject({ event: 'test' });
    expect(records.filter(({ event }) => event === 'epoch').length).toBeGreaterThanOrEqual(8);
  });
});
