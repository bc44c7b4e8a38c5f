import { execFile } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The folder of the programs under test: command line, trainer, model server. */
    programs: string;
  }
}

const root = resolve(import.meta.dirname, '../..');

/** Builds the programs that the tests start, once for all files. @returns removes them again */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  // Inside node_modules, so that the bundles find onnxruntime-node; of this process, because others build meanwhile.
  const folder = join(root, 'node_modules/.cache', `seqlab-test-${process.pid}`);
  const build = () => promisify(execFile)(process.execPath, [join(root, 'scripts/build.mjs'), folder], { cwd: root });
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    await build();
  } catch (error) {
    await remove();
    throw error;
  }
  project.onTestsRerun(async () => void (await build()));
  project.provide('programs', folder);
  return remove;
}
