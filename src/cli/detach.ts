import { rename, rm, rmdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Configuration } from '../config/schema.ts';
import type { RequestMessage } from '../protocol/message.ts';
import { launch } from '../protocol/trainer.ts';
import type { BegunRun } from '../protocol/trainer.ts';
import { runPaths } from '../runs/layout.ts';
import { makeRunsFolder } from '../runs/store.ts';
import { askTrainer, spawnTrainer } from '../trainers/launching.ts';
import { EndRequest } from '../training/endRequest.ts';
import { fileErrorFrom } from '../util/fileErrors.ts';
import { isFolder } from '../util/folders.ts';
import { withHugePages } from '../util/hugePages.ts';
import { interruptibly } from './interrupt.ts';
import type { EngineChoice } from './options.ts';
import { onNotice, printJson, printLine } from './output.ts';
import { thisProgram } from './session.ts';

interface DetachOptions {
  json?: boolean;
}

/**
 * Starts a run in a trainer process of its own, which no terminal and no window ends, and tells where it is once it has begun.
 * @throws what startRun throws before the first step
 */
export async function startDetached(
  configuration: Configuration,
  given: DetachOptions & { runs: string },
): Promise<void> {
  const runsFolder = resolve(given.runs);
  const missing: string[] = [];
  for (let path = runsFolder; !(await isFolder(path)) && dirname(path) !== path; path = dirname(path))
    missing.push(path);
  await makeRunsFolder(runsFolder);
  try {
    await begin(launch.start, { configuration, runsFolder, stopWhenAlone: false }, { ...given, folder: runsFolder });
  } catch (error) {
    // Whatever is found out before the first step leaves nothing behind: of the folders that were made here, what
    // makeRunsFolder wrote, and the folders where nothing else has come.
    for (const path of missing) {
      await rm(join(path, '.gitignore'), { force: true });
      await rmdir(path).catch(() => undefined);
    }
    throw error;
  }
}

/** Goes on with a run in the same way. @throws what resumeRun throws before the next step */
export async function resumeDetached(
  folder: string,
  given: DetachOptions & EngineChoice & { learningRate?: number; acceptConfig?: boolean },
): Promise<void> {
  const { engine, device, threads, learningRate, acceptConfig } = given;
  const chosen = {
    ...(engine === undefined ? {} : { engine }),
    ...(device === undefined ? {} : { device }),
    ...(threads === undefined ? {} : { threads }),
    ...(learningRate === undefined ? {} : { learningRate }),
    ...(acceptConfig === undefined ? {} : { acceptConfig }),
  };
  await begin(launch.resume, { folder, stopWhenAlone: false, ...chosen }, { ...given, folder });
}

/** @param options.folder for what the process prints, until the folder of the run is known */
async function begin<P>(
  message: RequestMessage<P, BegunRun>,
  params: P,
  { folder, json }: DetachOptions & { folder: string },
): Promise<void> {
  // Hidden: it is no run.
  const printed = join(folder, `.trainer-${process.pid}.log`);
  try {
    const run = await interruptibly(
      'ending before training begins',
      (signal) => askTrainer(spawn(printed), message, params, { signal, onNotice }),
      (interruption) => new EndRequest(interruption),
    );
    const { output } = runPaths(run.folder);
    // The process writes on into the same file.
    const isMoved = await rename(printed, output).then(
      () => true,
      () => false,
    );
    tell(run, { json, output: isMoved ? output : printed });
  } catch (error) {
    await rm(printed, { force: true });
    throw error;
  }
}

function spawn(output: string) {
  try {
    return spawnTrainer({
      script: fileURLToPath(new URL('trainer.cjs', import.meta.url)),
      output,
      cwd: process.cwd(),
      env: withHugePages(process.env),
    });
  } catch (error) {
    throw fileErrorFrom(error, `cannot write ${output}`);
  }
}

function tell({ id, folder, pid }: BegunRun, { json, output }: { json: boolean | undefined; output: string }): void {
  const { log } = runPaths(folder);
  if (json) return printJson({ event: 'detached', run: id, directory: folder, pid, log, output });
  const follow = process.platform === 'win32' ? 'Get-Content -Wait' : 'tail -f';
  const lines = [
    `Run ${id} in ${folder}`,
    `Process ${pid} trains it, and goes on when this terminal is closed.`,
    `Follow it with: ${follow} ${JSON.stringify(log)}`,
    `Stop it with: ${thisProgram()} stop ${JSON.stringify(folder)}`,
  ];
  for (const line of lines) printLine(line);
}
