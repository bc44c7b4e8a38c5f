import { execFileSync, spawn } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inject } from 'vitest';

import type { ConfigurationInput } from '../../../src/config/schema.ts';
import { until } from './wait.ts';

/** A network so small that a step takes milliseconds, on the built-in corpus. */
export function tiny(
  name: string,
  training: ConfigurationInput['training'] = {},
  rest: Pick<ConfigurationInput, 'evaluation'> = {},
): ConfigurationInput {
  return {
    name,
    corpus: { kind: 'builtin' },
    model: { layers: 1, hiddenSize: 8 },
    training: { batchSize: 20, steps: 20, epochs: 1, ...training },
    evaluation: { batchSize: 20, steps: 100 },
    engine: { threads: 1 },
    ...rest,
  };
}

/** A network that learns enough of the built-in corpus in some seconds to be sure of some words. */
export function learned(name: string): ConfigurationInput {
  return {
    ...tiny(name, { maxSteps: 500, batchSize: 10, learningRate: 1.5, gradientClip: 5 }),
    model: { layers: 1, hiddenSize: 64 },
  };
}

/** The folders of the runs of a workspace, the newest last. */
export function runFolders(workspace: string): string[] {
  const runs = join(workspace, '.sequence-lab', 'runs');
  if (!existsSync(runs)) return [];
  return readdirSync(runs)
    .sort()
    .map((id) => join(runs, id))
    .filter((folder) => existsSync(join(folder, 'status.json')));
}

export interface RunStatus {
  readonly state: string;
  readonly pid: number;
  readonly progress: { readonly step: number; readonly totalSteps: number; readonly stepsPerEpoch: number };
}

export function statusOf(folder: string): RunStatus {
  return JSON.parse(readFileSync(join(folder, 'status.json'), 'utf8')) as RunStatus;
}

/** The steps that metrics.jsonl records, as they stand there. A line under way is left out. */
export function recordedSteps(folder: string): number[] {
  const lines = readFileSync(join(folder, 'metrics.jsonl'), 'utf8').split('\n').slice(0, -1);
  return lines
    .map((line) => JSON.parse(line) as { event: string; step: number })
    .filter(({ event }) => event === 'step')
    .map(({ step }) => step);
}

/** Those that belong there up to the last one: every tenth of an epoch from its first, and its last. */
export function expectedSteps(folder: string, last: number): number[] {
  const { stepsPerEpoch } = statusOf(folder).progress;
  const all = Array.from({ length: last }, (_, index) => index + 1);
  return all.filter((step) => ((step - 1) % stepsPerEpoch) % 10 === 0 || step % stepsPerEpoch === 0);
}

export function wait(folder: string, step: number, milliseconds = 60_000): Promise<RunStatus> {
  const probe = (): RunStatus | undefined => {
    const status = statusOf(folder);
    return status.progress.step >= step ? status : undefined;
  };
  return until(probe, { what: `step ${step} of ${folder}`, milliseconds });
}

function cli(workspace: string, configuration: ConfigurationInput): { file: string; args: string[] } {
  const file = join(workspace, `${configuration.name ?? 'run'}.json`);
  writeFileSync(file, JSON.stringify(configuration));
  return { file, args: [join(inject('extension'), 'dist', 'cli.js'), 'train', '--config', file] };
}

/** Trains to the end with the packaged command line. @returns the run's folder */
export function trained(workspace: string, configuration: ConfigurationInput): string {
  const before = new Set(runFolders(workspace));
  const { args } = cli(workspace, configuration);
  try {
    execFileSync(process.execPath, args, { cwd: workspace, stdio: 'pipe' });
  } catch (error) {
    // A run that fails is what some tests want; one that never was is not.
    if (runFolders(workspace).length === before.size) throw error;
  }
  return runFolders(workspace).find((folder) => !before.has(folder)) ?? '';
}

/** Trains with the packaged command line and is killed on the way. @returns the run's folder */
export async function killedOnTheWay(workspace: string, configuration: ConfigurationInput): Promise<string> {
  const before = new Set(runFolders(workspace));
  const { args } = cli(workspace, configuration);
  const child = spawn(process.execPath, args, { cwd: workspace, stdio: 'ignore' });
  try {
    const folder = await until(() => runFolders(workspace).find((one) => !before.has(one)), { what: 'a run' });
    await until(() => readdirSync(join(folder, 'checkpoints')).length > 0, { what: 'a checkpoint' });
    return folder;
  } finally {
    child.kill('SIGKILL');
  }
}
