import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import type { TestProject } from 'vitest/node';
import { shortFolder } from './shortFolder.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The folder of the programs under test: command line, trainer, model server. */
    programs: string;
    /**
     * The folder for the sockets of the tests' runs, and of no others on this machine: killed trainers leave theirs behind.
     */
    sockets: string;
  }
}

const root = resolve(import.meta.dirname, '../..');

/** Builds the programs that the tests start, once for all files. @returns removes them again */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  // Inside node_modules, so that the bundles find onnxruntime-node; of this process, because others build meanwhile.
  const folder = join(root, 'node_modules/.cache', `seqlab-test-${process.pid}`);
  const build = () => promisify(execFile)(process.execPath, [join(root, 'scripts/build.mjs'), folder], { cwd: root });
  const sockets = await mkdtemp(join(shortFolder, 'seqlab-sockets-'));
  const remove = async () => {
    for (const made of [folder, sockets]) await rm(made, { recursive: true, force: true });
  };
  try {
    await build();
  } catch (error) {
    await remove();
    throw error;
  }
  project.onTestsRerun(async () => void (await build()));
  project.provide('programs', folder);
  project.provide('sockets', sockets);
  return remove;
}
