import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { listProbes, readProbe, readSamples } from '../../src/runs/probes.ts';
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

/** 149 steps an epoch, two epochs. */
const size = { train: 400 };
const dropout = ['--set', 'training.outputKeepProbability=0.8'];

let folder: string;
let training: string[];

beforeAll(async () => {
  folder = await temporaryFolder();
  const corpus = await writeCorpus(join(folder, 'corpus'), size);
  training = [...tinyTraining, ...dropout, '--data', corpus];
});

const set = (...pairs: readonly string[]): string[] => pairs.flatMap((pair) => ['--set', pair]);

async function trained(args: readonly string[], name: string): Promise<string> {
  const outcome = await run([...args, '--runs', join(folder, name)]);
  expect(outcome).toMatchObject({ code: 0, stderr: '' });
  return only(eventsOf(outcome), 'done').directory;
}

async function recorded(directory: string) {
  const places = await listProbes(directory);
  const probes = [];
  for (const { step } of places) probes.push(await readProbe(directory, step));
  return { probes, samples: await readSamples(directory) };
}

describe('a run', () => {
  it('records its probe twenty times and more, and trains the same numbers as without', async () => {
    const directory = await trained(training, 'with');
    const { probes, samples } = await recorded(directory);
    // 298 steps: every 15th, and the last.
    expect(probes.map(({ step }) => step)).toEqual([...Array.from({ length: 20 }, (_, index) => 15 * index), 298]);
    expect(probes.map(({ epoch }) => epoch)).toEqual(probes.map(({ step }) => (step <= 149 ? 1 : 2)));
    const [first, last] = [probes[0], probes.at(-1)];
    expect(first?.tokens).toHaveLength(20);
    expect(last?.tokens).toEqual(first?.tokens);
    expect(last?.series.map(({ reading, layer, name }) => `${reading} ${layer} ${name}`)).toEqual(
      ['h', 'c', 'input', 'forget', 'output', 'candidate'].map((name) => `forward 0 ${name}`),
    );
    for (const values of last?.values ?? []) expect(Buffer.from(values, 'base64')).toHaveLength(20 * 8 * 4);
    expect(last?.values[0]).not.toBe(first?.values[0]);
    for (const { next } of probes) {
      expect(next).toHaveLength(10);
      const sum = next.reduce((total, { probability }) => total + probability, 0);
      expect(sum).toBeGreaterThan(0.5);
      expect(sum).toBeLessThan(1.0001);
    }
    expect(samples.map(({ step, epoch }) => [step, epoch])).toEqual([
      [149, 1],
      [298, 2],
    ]);
    for (const { text } of samples) expect(text).toMatch(/^(w[a-l]|\n| )+$/);

    const without = await trained([...training, ...set('training.probe.everySteps=0')], 'without');
    expect(await readdir(join(without, 'probes'))).toEqual([]);
    expect(await essenceOf(without)).toEqual(await essenceOf(directory));
  });

  it('has each record once after it was killed and resumed, and the same as if it had not been', async () => {
    const args = [...training, ...set('training.checkpointSeconds=0.05', 'training.probe.everySteps=7')];
    const whole = await recorded(await trained(args, 'whole'));
    expect(whole.probes).toHaveLength(44);
    const runs = join(folder, 'killed');
    const child = seqlab([...args, '--runs', runs]);
    await child.line(/"event":"step".*"epoch":2,/);
    child.kill('SIGKILL');
    await child.outcome;
    const directory = await onlyRun(runs);
    // As a machine leaves it that lost its power: a record of a later step, one that is lost, and a line in part.
    const names = (await readdir(join(directory, 'probes'))).filter((name) => name.startsWith('probe'));
    const bytes = await readFile(join(directory, 'probes', names.at(-1) ?? ''));
    await writeFile(join(directory, 'probes', 'probe-00000297-2.safetensors'), bytes);
    await writeFile(join(directory, 'probes', 'samples.jsonl'), '{"step":149,"epo', { flag: 'a' });
    expect(await run(['resume', directory, '--json'])).toMatchObject({ code: 0, stderr: '' });
    expect(await recorded(directory)).toEqual(whole);
  });

  it('reads a text of one’s own, with unknown words, at the steps that were asked for', async () => {
    const args = set('training.probe.text=wa  zebra wb', 'training.probe.everySteps=10', 'model.cell=gru');
    const { probes } = await recorded(await trained([...training, ...args, '--max-steps', '25'], 'own'));
    expect(probes.map(({ step }) => step)).toEqual([0, 10, 20, 25]);
    expect(probes[0]?.tokens).toEqual(['wa', '<unk>', 'wb']);
    expect(probes[0]?.series.map(({ name }) => name)).toEqual(['h', 'reset', 'update', 'candidate']);
  });

  it('reads a line break of a text of characters as the end of the line', async () => {
    const args = set('corpus.unit=character', 'training.probe.text="wa\\nwb"');
    const { probes } = await recorded(await trained([...training, ...args, '--max-steps', '2'], 'characters'));
    expect(probes.at(-1)?.tokens).toEqual(['w', 'a', '<eos>', 'w', 'b']);
  });

  it('has a record of the last step where it stops early', async () => {
    // Weights that no longer move bring nothing: it stops after its second epoch.
    const args = set('training.earlyStoppingEpochs=1', 'training.learningRate=1e-30');
    const { probes } = await recorded(await trained([...training, '--epochs', '5', ...args], 'early'));
    expect(probes.at(-1)).toMatchObject({ step: 298, epoch: 2 });
  });

  it('records both readings of a bidirectional network, which writes no samples', async () => {
    const args = set('model.direction=bidirectional', 'model.layers=2', 'model.cell=rnn');
    const { probes, samples } = await recorded(await trained([...training, ...args, '--max-steps', '5'], 'both'));
    expect(samples).toEqual([]);
    expect(probes.map(({ step }) => step)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(probes[5]?.series.map(({ reading, layer, name }) => `${reading} ${layer} ${name}`)).toEqual([
      'forward 0 h',
      'forward 1 h',
      'backward 0 h',
      'backward 1 h',
    ]);
    expect(new Set(probes[5]?.values).size).toBe(4);
    expect(probes[5]?.next).toHaveLength(10);
  });

  it('whose probe cannot be written goes on without it, and says so once', async () => {
    const runs = join(folder, 'unwritable');
    const child = seqlab([...training, ...set('training.checkpointSeconds=0.05'), '--runs', runs]);
    await child.line(/"event":"step".*"step":101,/);
    child.kill('SIGKILL');
    await child.outcome;
    const directory = await onlyRun(runs);
    const samples = join(directory, 'probes', 'samples.jsonl');
    await rm(samples, { force: true });
    await mkdir(samples);
    const outcome = await run(['resume', directory, '--json']);
    expect(outcome.code).toBe(0);
    expect(outcome.stderr.match(/The probe is no longer recorded/g)).toHaveLength(1);
  });

  it('refuses a probe that says nothing sensible, and says where', async () => {
    for (const [pair, problem] of [
      [
        'training.probe.everySteps=-1',
        /training\.probe\.everySteps: expected a whole number, at least 0, or null, got -1/,
      ],
      ['training.probe.text=" "', /training\.probe\.text/],
      ['training.probe.txt=a', /training\.probe\.txt.*did you mean.*training\.probe\.text/],
    ] as const) {
      const outcome = await run([...training, ...set(pair), '--runs', join(folder, 'refused')]);
      expect(outcome.code).toBe(2);
      expect(outcome.stderr).toMatch(problem);
    }
  });
});
