import { writeFileSync } from 'node:fs';
import type { Reporter, TestCase } from 'vitest/node';

/**
 * Names the tests that passed only at a later try: they are unsteady, and somebody has to find out why. Where the variable
 * SEQUENCE_LAB_UNSTEADY names a file, they go there too, a line each.
 */
export default class UnsteadyReporter implements Reporter {
  private readonly unsteady: string[] = [];

  onTestCaseResult(test: TestCase): void {
    if (test.diagnostic()?.flaky === true) this.unsteady.push(`${test.module.relativeModuleId}: ${test.fullName}`);
  }

  onTestRunEnd(): void {
    for (const name of this.unsteady) console.log(`UNSTEADY ${name}`);
    const file = process.env['SEQUENCE_LAB_UNSTEADY'];
    if (file !== undefined) writeFileSync(file, this.unsteady.map((name) => `${name}\n`).join(''));
  }
}
