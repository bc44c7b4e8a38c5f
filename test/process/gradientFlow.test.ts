import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { readMetrics } from '../../src/runs/metrics.ts';
import { MetricsTail } from '../../src/runs/tail.ts';
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

cleanFolders('all');

/** 149 steps an epoch. */
const size = { train: 400 };
const sets = ['training.gradientFlowSteps=20', 'model.layers=2', 'training.outputKeepProbability=0.8'];

let folder: string;
let training: string[];

beforeAll(async () => {
  folder = await temporaryFolder();
  const corpus = await writeCorpus(join(folder, 'corpus'), size);
  training = [...tinyTraining, ...sets.flatMap((set) => ['--set', set]), '--data', corpus];
});

async function trained(args: readonly string[], name: string): Promise<string> {
  const outcome = await run([...args, '--runs', join(folder, name)]);
  expect(outcome).toMatchObject({ code: 0, stderr: '' });
  return only(eventsOf(outcome), 'done').directory;
}

describe('a run with training.gradientFlowSteps', () => {
  it('records the flow every so many steps from the first on, and trains the same numbers as without', async () => {
    const directory = await trained(training, 'with');
    const flows = (await readMetrics(directory)).filter((record) => record.event === 'gradientFlow');
    expect(flows.map(({ step }) => step)).toEqual(Array.from({ length: 15 }, (_, index) => 1 + 20 * index));
    expect(flows.map(({ epoch }) => epoch)).toEqual(flows.map(({ step }) => (step <= 149 ? 1 : 2)));
    for (const { layers } of flows) {
      expect(layers.map(({ reading, layer, norms }) => [reading, layer, norms.length])).toEqual([
        ['forward', 0, 4],
        ['forward', 1, 4],
      ]);
      for (const norm of layers.flatMap(({ norms }) => norms)) expect(norm).toBeGreaterThan(0);
    }
    const tail = await MetricsTail.open(directory, { isActive: false });
    expect(tail.history().gradientFlow).toMatchObject({ from: 0, every: 1, step: { length: 15 } });
    expect(tail.history()).not.toHaveProperty('problem');
    tail.dispose();

    const off = [...training, '--set', 'training.gradientFlowSteps=null'];
    const { records: plain, ...without } = await essenceOf(await trained(off, 'without'));
    const { records, ...rest } = await essenceOf(directory);
    expect(rest).toEqual(without);
    expect(records.filter((record) => !('layers' in record))).toEqual(plain);
  });

  it('has each record once after it was killed and resumed, and the same as if it had not been', async () => {
    const whole = await essenceOf(await trained(training, 'whole'));
    const runs = join(folder, 'killed');
    const child = seqlab([...training, '--runs', runs]);
    await child.line(/"event":"step".*"step":101,/);
    child.kill('SIGKILL');
    await child.outcome;
    const directory = await onlyRun(runs);
    expect((await readMetrics(directory)).filter(({ event }) => event === 'gradientFlow').length).toBeGreaterThan(4);
    expect(await run(['resume', directory, '--json'])).toMatchObject({ code: 0, stderr: '' });
    expect(await essenceOf(directory)).toEqual(whole);
  });

  it('records both readings of a bidirectional network', async () => {
    const directory = await trained(
      [...training, '--set', 'model.direction=bidirectional', '--max-steps', '1'],
      'both',
    );
    const [flow] = (await readMetrics(directory)).filter((record) => record.event === 'gradientFlow');
    expect(flow?.layers.map(({ reading, layer, norms }) => [reading, layer, norms.length])).toEqual([
      ['forward', 0, 4],
      ['forward', 1, 4],
      ['backward', 0, 4],
      ['backward', 1, 4],
    ]);
  });
});
