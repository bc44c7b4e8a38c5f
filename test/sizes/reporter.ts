import { createRequire } from 'node:module';
import * as z from 'zod';
import type { Reporter, TestModule } from 'vitest/node';
import { machine } from '../bench/machine.ts';
import { tablesOf } from './rows.ts';

const { version } = z
  .object({ version: z.string() })
  .parse(createRequire(import.meta.url)('onnxruntime-node/package.json'));

/** Prints, at the end of the run, what the tests found: those that failed, too. */
export default class SizesReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const rows = tests.flatMap((test) => test.meta().sizeRow ?? []);
    if (rows.length === 0) return;
    const { cpu, cores } = machine();
    console.log(`\n${cpu}, ${cores} cores; onnxruntime-node ${version}, Node ${process.version}`);
    console.log(`${tablesOf(rows)}\n`);
  }
}
