import { execFileSync } from 'node:child_process';
import { cp, mkdir, readdir, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { isValues } from '../../src/config/layers.ts';
import type { Values } from '../../src/config/layers.ts';
import { readConfig } from '../../src/runs/files.ts';
import { readMetrics } from '../../src/runs/metrics.ts';
import {
  cleanFolders,
  essenceOf,
  eventsOf,
  only,
  run,
  seqlab,
  temporaryFolder,
  tinyTraining,
  writeCorpus,
} from './support.ts';

/** A whole checkpoint goes on, whatever has become of the files beside it: they are set aside, and nothing is lost. */

cleanFolders('all');

let folder: string;
let interrupted: string;
let uninterrupted: Awaited<ReturnType<typeof essenceOf>>;

beforeAll(async () => {
  folder = await temporaryFolder();
  const corpus = await writeCorpus(join(folder, 'corpus'));
  const training = [...tinyTraining, '--epochs', '3', '--data', corpus];
  const whole = await run([...training, '--runs', 'whole'], { cwd: folder });
  uninterrupted = await essenceOf(only(eventsOf(whole), 'done').directory);
  const child = seqlab([...training, '--runs', 'half'], { cwd: folder });
  await child.line(/"event":"epoch","epoch":1/);
  child.kill('SIGTERM');
  ({ directory: interrupted } = only(eventsOf(await child.outcome), 'start'));
});

/** Puts a line in the place of the fifth. */
async function withFifthLine(path: string, line: string): Promise<void> {
  const lines = (await readFile(path, 'utf8')).split('\n');
  lines[4] = line;
  await writeFile(path, lines.join('\n'));
}

const [status, metrics, log, probes] = ['status.json', 'metrics.jsonl', 'log.txt', 'probes'] as const;

const damages: readonly {
  what: string;
  file: string;
  damage: (path: string) => Promise<unknown>;
  says: RegExp;
  /** Whether the old file is kept under another name. */
  isKept: boolean;
  /** Records of the metrics that are lost; all of them where it is left out. */
  lost?: number;
}[] = [
  {
    what: 'a missing status',
    file: status,
    damage: (path) => rm(path),
    says: /status\.json: it does not exist.*goes on from its checkpoint/,
    isKept: false,
    lost: 0,
  },
  {
    what: 'an empty status',
    file: status,
    damage: (path) => truncate(path, 0),
    says: /status\.json is damaged.*set aside as status\.json\.damaged/,
    isKept: true,
    lost: 0,
  },
  {
    what: 'a folder as status',
    file: status,
    damage: async (path) => {
      await rm(path);
      await mkdir(path);
    },
    says: /it is a folder, not a file.*set aside/,
    isKept: true,
    lost: 0,
  },
  {
    what: 'missing metrics',
    file: metrics,
    damage: (path) => rm(path),
    says: /metrics\.jsonl: it does not exist.*The curves begin anew/,
    isKept: false,
  },
  {
    what: 'a damaged line of the metrics',
    file: metrics,
    damage: (path) => withFifthLine(path, '{"event":'),
    says: /line 5, is damaged.*set aside as metrics\.jsonl\.damaged\. The curves are without that line/,
    isKept: true,
    lost: 1,
  },
  {
    what: 'a line of 100 MB in the metrics',
    file: metrics,
    damage: (path) => withFifthLine(path, 'x'.repeat(100e6)),
    says: /line 5, is damaged: it has more than.*The curves are without that line/,
    isKept: true,
    lost: 1,
  },
  {
    what: 'metrics of zeros',
    file: metrics,
    damage: (path) => writeFile(path, Buffer.alloc(5000)),
    says: /^$/,
    isKept: false,
  },
  {
    what: 'a folder as metrics',
    file: metrics,
    damage: async (path) => {
      await rm(path);
      await mkdir(path);
    },
    says: /it is a folder, not a file.*The curves begin anew/,
    isKept: true,
  },
  {
    what: 'a pipe as log',
    file: log,
    damage: async (path) => {
      await rm(path);
      execFileSync('mkfifo', [path]);
    },
    says: /log\.txt is a device, not a file.*The log begins anew/,
    isKept: true,
    lost: 0,
  },
  {
    what: 'a link as log',
    file: log,
    damage: async (path) => {
      await rm(path);
      await symlink('/etc/hostname', path);
    },
    says: /log\.txt is a link, not a file/,
    isKept: true,
    lost: 0,
  },
  {
    what: 'a file as probes',
    file: probes,
    damage: async (path) => {
      await rm(path, { recursive: true });
      await writeFile(path, 'x');
    },
    says: /probes is a file, not a folder/,
    isKept: true,
    lost: 0,
  },
];

describe.skipIf(process.platform === 'win32')('a run is resumed with', () => {
  it.each(damages)('$what', async ({ what, file, damage, says, isKept, lost }) => {
    const copy = join(folder, 'copies', what.replaceAll(' ', '-'));
    await cp(interrupted, copy, { recursive: true });
    await damage(join(copy, file));
    const outcome = await run(['resume', copy, '--json'], { cwd: folder });
    expect(outcome.code, outcome.stderr).toBe(0);
    expect(outcome.stderr.replaceAll('\n', ' ')).toMatch(says);
    const { weights, records, ...rest } = await essenceOf(copy);
    expect(weights).toEqual(uninterrupted.weights);
    expect(rest.progress).toEqual(uninterrupted.progress);
    if (lost !== undefined) expect(records.length).toBe(uninterrupted.records.length - lost);
    expect((await readMetrics(copy)).at(-1)).toMatchObject({ event: 'test' });
    expect((await readdir(copy)).includes(`${file}.damaged`)).toBe(isKept);
  });
});

describe('a config.json that was changed after the checkpoint', () => {
  const copyOf = async (name: string, change: (configuration: Values) => object): Promise<string> => {
    const copy = join(folder, 'copies', name);
    await cp(interrupted, copy, { recursive: true });
    const path = join(copy, 'config.json');
    const config = z.record(z.string(), z.unknown()).parse(JSON.parse(await readFile(path, 'utf8')));
    const configuration = z.record(z.string(), z.unknown()).parse(config['configuration']);
    await writeFile(path, JSON.stringify({ ...config, configuration: { ...configuration, ...change(configuration) } }));
    return copy;
  };
  const within = (part: unknown, values: object): object => ({ ...(isValues(part) ? part : {}), ...values });

  it('is told of by its keys, kept beside, and does not change how the run ends', async () => {
    const copy = await copyOf('changed', ({ model, training }) => ({
      name: 'another name',
      model: within(model, { hiddenSize: 9 }),
      training: within(training, { learningRate: 0.5 }),
    }));
    const outcome = await run(['resume', copy, '--json'], { cwd: folder });
    expect(outcome.code, outcome.stderr).toBe(0);
    const said = outcome.stderr.replaceAll('\n', ' ');
    expect(said).toMatch(
      /was changed since the checkpoint: model\.hiddenSize \(8, now 9\), training\.learningRate \(1\.2, now 0\.5\)/,
    );
    expect(said).toContain('--accept-config');
    expect((await essenceOf(copy)).weights).toEqual(uninterrupted.weights);
    const { configuration } = await readConfig(copy);
    expect(configuration).toMatchObject({
      name: 'another name',
      model: { hiddenSize: 8 },
      training: { learningRate: 1.2 },
    });
    expect(await readFile(join(copy, 'config.json.changed'), 'utf8')).toContain('"hiddenSize":9');
    expect(await readFile(join(copy, 'log.txt'), 'utf8')).toContain('was changed since the checkpoint');
  });

  it('is taken where that is asked for', async () => {
    const copy = await copyOf('accepted', ({ training }) => ({ training: within(training, { learningRate: 0.5 }) }));
    const outcome = await run(['resume', copy, '--json', '--accept-config'], { cwd: folder });
    expect(outcome.code, outcome.stderr).toBe(0);
    expect(outcome.stderr.replaceAll('\n', ' ')).toMatch(/is used as it is: training\.learningRate \(1\.2, now 0\.5\)/);
    expect((await essenceOf(copy)).weights).not.toEqual(uninterrupted.weights);
    expect((await readConfig(copy)).configuration.training.learningRate).toBe(0.5);
  });

  it('of another network cannot be taken, and the message says of which', async () => {
    const copy = await copyOf('wider', ({ model }) => ({ model: within(model, { hiddenSize: 9 }) }));
    const outcome = await run(['resume', copy, '--json', '--accept-config'], { cwd: folder });
    expect(outcome.code).not.toBe(0);
    expect(outcome.stderr).toMatch(/no tensor embedding of shape \[14, 9\].*belongs to another configuration/);
  });

  it('by a new learning rate is none, also where the run ended before its next checkpoint', async () => {
    const copy = await copyOf('rate', () => ({}));
    const resumed = seqlab(['resume', copy, '--json', '--learning-rate', '0.5'], { cwd: folder });
    await resumed.line(/"event":"start"/);
    resumed.kill('SIGKILL');
    await resumed.outcome;
    const outcome = await run(['resume', copy, '--json'], { cwd: folder });
    expect(outcome.stderr).not.toContain('was changed');
    expect((await readConfig(copy)).configuration.training.learningRate).toBe(0.5);
  });
});
