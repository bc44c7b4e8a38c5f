import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { TestProject } from 'vitest/node';

import { isInstalled } from '../install.mjs';
import { kill, processesNaming } from './processes.ts';
import { unpack } from '../../../scripts/zip.mjs';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The package under test. */
    vsix: string;
    /** Where it is unpacked. */
    extension: string;
    /** For everything that a test leaves; removed at the end. */
    scratch: string;
  }
}

const repository = resolve(import.meta.dirname, '..', '..', '..');

function pack(vsix: string): void {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['scripts/package.mjs', '--out', vsix], {
    cwd: repository,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`the extension cannot be packed:\n${stdout}${stderr}`);
}

/** Packs the extension, or takes the package that SEQUENCE_LAB_VSIX names. @returns takes all away again */
export default function setup(project: TestProject): () => Promise<void> {
  if (!isInstalled()) throw new Error('VS Code is not there: run node test/vscode/install.mjs');
  const scratch = mkdtempSync(join(tmpdir(), 'sequence-lab-vscode-'));
  const vsix = process.env.SEQUENCE_LAB_VSIX ?? join(scratch, 'sequence-lab.vsix');
  try {
    if (process.env.SEQUENCE_LAB_VSIX === undefined) pack(vsix);
    const extension = join(scratch, 'extension');
    unpack(vsix, 'extension/', extension);
    console.log(`${vsix}: ${(statSync(vsix).size / 2 ** 20).toFixed(1)} MiB`);
    project.provide('vsix', vsix);
    project.provide('extension', extension);
    project.provide('scratch', scratch);
  } catch (error) {
    rmSync(scratch, { recursive: true, force: true });
    throw error;
  }
  return async () => {
    // A test that was cut off could not clear away.
    for (const { pid } of processesNaming(scratch)) kill(pid);
    for (const end = Date.now() + 5000; processesNaming(scratch).length > 0 && Date.now() < end;)
      await new Promise((done) => setTimeout(done, 50));
    rmSync(scratch, { recursive: true, force: true, maxRetries: 5 });
  };
}
