import { cp, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { presetNames } from '../../src/config/presets.ts';
import { computeReportSchema } from '../../src/protocol/computeReport.ts';
import { isInstalled } from '../tensorflow/install.mjs';
import {
  cleanFolders,
  commandLine,
  eventsOf,
  jsonLines,
  only,
  run,
  start,
  temporaryFolder,
  tinyTraining,
  write,
  writeCorpus,
} from './support.ts';
import type { Outcome, Place } from './support.ts';

cleanFolders('all');
/**
 * A report takes fifteen seconds where the machine is free. Where its figures do not matter, it is made by a clock that goes
 * ten times as fast: the same is measured, for a tenth of the time.
 */
const timeout = 180_000;
const quick = {
  NODE_OPTIONS: `${process.env['NODE_OPTIONS'] ?? ''} --require "${join(import.meta.dirname, 'quickClock.cjs')}"`,
};

function reportOf({ stdout }: Outcome) {
  const [report, ...more] = jsonLines(stdout, computeReportSchema.strict());
  expect(more).toEqual([]);
  if (!report) throw new Error('there is no report');
  return report;
}

type Report = ReturnType<typeof reportOf>;

function engineOf(report: Report, name: 'onnx' | 'tensorflow') {
  const engine = report.engines.find((candidate) => candidate.name === name && candidate.device === 'cpu');
  if (!engine) throw new Error(`the report does not tell of ${name}`);
  return { ...engine, text: engine.notes.join(' ') };
}

/** A copy of the program where nothing of node_modules is found: ONNX Runtime is missing, TensorFlow.js is in a bundle. */
async function programWithoutOnnx(): Promise<(args: readonly string[], place?: Place) => Promise<Outcome>> {
  const folder = await temporaryFolder();
  await cp(dirname(String(commandLine[1])), folder, { recursive: true });
  return (args, place = {}) => start(process.execPath, [join(folder, 'cli.js'), ...args], place).outcome;
}

/** A package that is found and cannot be loaded. */
async function brokenTensorflow(): Promise<string> {
  const folder = await temporaryFolder();
  const home = join(folder, 'node_modules/@tensorflow/tfjs-node');
  await write(join(home, 'package.json'), '{"name":"@tensorflow/tfjs-node","version":"4.22.0","main":"index.js"}');
  await write(join(home, 'index.js'), "throw new Error('libtensorflow.so.2: cannot open shared object file');");
  return folder;
}

it('tells what trains here, how fast, and what is missing', { timeout }, async () => {
  const outcome = await run(['doctor', '--json', '--threads', '1']);
  expect(outcome).toMatchObject({ code: 0, stderr: '' });
  const report = reportOf(outcome);
  expect(report).toMatchObject({
    trains: true,
    chosen: { name: 'onnx', device: 'cpu' },
    threads: { asked: 1, used: 1, reason: 'as set' },
  });
  expect(report.verdict).toMatch(
    /^Training works here: onnxruntime-node [\d.]+ \(cpu, 1 threads?\), about [\d,]+ words\/s/,
  );
  expect(engineOf(report, 'onnx')).toMatchObject({ works: true, notes: [] });
  expect(engineOf(report, 'tensorflow')).toMatchObject({ works: true });
  expect(report.expected.map(({ preset }) => preset)).toEqual(presetNames);
  const [small, large] = ['small', 'large'].map((name) => report.expected.find(({ preset }) => preset === name));
  const measured = report.measured?.training.find(({ preset }) => preset === 'small');
  expect(small?.wordsPerSecond).toBeCloseTo(measured?.wordsPerSecond ?? NaN, 6);
  expect(large?.wordsPerSecond).toBeLessThan((small?.wordsPerSecond ?? 0) / 10);
});

it.concurrent('measures with the number of threads that a run finds', { timeout }, async () => {
  const report = reportOf(await run(['doctor', '--json'], { env: quick }));
  const { asked, used } = report.threads;
  expect(asked).toBe(0);
  expect(report.measured?.threads?.count).toBe(used);
  expect(report.threads.reason).toBe(report.measured?.threads?.reason);
  expect(report.verdict).toContain(`(cpu, ${used} ${used === 1 ? 'thread' : 'threads'})`);
  expect(engineOf(report, 'onnx').description).toContain(`(cpu, ${used} `);
});

it.concurrent('tells a person the same, the verdict first', { timeout }, async () => {
  const { code, stdout, stderr } = await run(['doctor', '--engine', 'tensorflow'], { env: quick });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const lines = stdout.split('\n');
  expect(lines[0]).toMatch(/^Training works here: @tensorflow\/tfjs/);
  for (const heading of ['Machine', 'Engines', 'Measured on the engine in use', 'Expected'])
    expect(lines).toContain(heading);
  expect(lines.some((line) => /^ {2}Threads {5}\d+, \S/.test(line))).toBe(true);
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(100);
});

it.concurrent(
  'where ONNX Runtime is missing says so, and that TensorFlow.js trains; and it does',
  { timeout },
  async () => {
    const program = await programWithoutOnnx();
    const outcome = await program(['doctor', '--json'], { env: quick });
    expect(outcome).toMatchObject({ code: 0, stderr: '' });
    const report = reportOf(outcome);
    expect(report).toMatchObject({ trains: true, chosen: { name: 'tensorflow', device: 'cpu' } });
    expect(report.verdict).toMatch(/ words\/s.*\. ONNX Runtime, which is faster, does not load\.$/);
    expect(report.verdict).toContain(isInstalled() ? '(tensorflow 2.9.1' : '(wasm');
    const onnx = engineOf(report, 'onnx');
    expect(onnx.works).toBe(false);
    expect(onnx.text).toMatch(
      /ONNX Runtime could not be loaded.*Cannot find (package|module) 'onnxruntime-node'.*npm ci/,
    );

    const folder = await temporaryFolder();
    const corpus = await writeCorpus(join(folder, 'corpus'));
    const trained = await program([...tinyTraining, '--engine', 'auto', '--data', corpus], { cwd: folder });
    expect(trained.code).toBe(0);
    expect(trained.stderr).toMatch(/ONNX Runtime could not be loaded.*@tensorflow\/tfjs.*is used instead/);
    expect(only(eventsOf(trained), 'done').testPerplexity).toBeLessThan(12);
  },
);

it.concurrent('where tfjs-node is broken says why, and trains on WebAssembly', { timeout }, async () => {
  const tensorflow = await brokenTensorflow();
  const place = { env: { SEQUENCE_LAB_TFJS_NODE: tensorflow } };
  const program = await programWithoutOnnx();
  const report = reportOf(await program(['doctor', '--json'], { env: { ...quick, ...place.env } }));
  expect(report).toMatchObject({ trains: true, chosen: { name: 'tensorflow', device: 'cpu' } });
  const { works, description, text } = engineOf(report, 'tensorflow');
  expect({ works, description }).toMatchObject({ works: true, description: expect.stringContaining('wasm') as string });
  expect(text).toMatch(/tfjs-node in .* is not used: libtensorflow\.so\.2: cannot open.*install it again/);

  const folder = await temporaryFolder();
  const corpus = await writeCorpus(join(folder, 'corpus'));
  const trained = await program([...tinyTraining, '--data', corpus], { ...place, cwd: folder });
  expect(trained.code).toBe(0);
  expect(only(eventsOf(trained), 'done').testPerplexity).toBeLessThan(12);
});

it.concurrent('ends with 1 where nothing can train, and says what is missing', { timeout }, async () => {
  const folder = await temporaryFolder();
  await cp(dirname(String(commandLine[1])), folder, { recursive: true });
  await rm(join(folder, 'tensorflow.cjs'));
  const outcome = await start(process.execPath, [join(folder, 'cli.js'), 'doctor', '--json'], {}).outcome;
  expect(outcome.code).toBe(1);
  const report = reportOf(outcome);
  expect(report).toMatchObject({ trains: false, expected: [] });
  expect(report.measured).toBeUndefined();
  expect(report.verdict).toMatch(/^Training does not work here/);
  for (const name of ['onnx', 'tensorflow'] as const) expect(engineOf(report, name).text).not.toBe('');
});

it.concurrent('refuses threads that are no number', { timeout }, async () => {
  expect(await run(['doctor', '--threads', 'many'])).toMatchObject({ code: 2, stdout: '' });
});
