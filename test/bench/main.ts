/**
 * Our training step beside its peers', in turn in one run: `npm run bench -- --help`.
 *
 * Each side is a process of its own, so that its peak memory is its own; idle sides wait for their next request. The
 * bundle serves as our side too, when it is started with `oursArgument`.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { messageOf, SequenceLabError } from '../../src/util/errors.ts';
import { measureProfile, measureSessions, measureTurns } from './measure.ts';
import type { MeasureOptions } from './measure.ts';
import { parseOptions, usage } from './options.ts';
import type { BenchOptions } from './options.ts';
import { oursArgument, serveOurs } from './ours.ts';
import { jsonLines, reportText } from './report.ts';
import type { Report } from './report.ts';
import { benchShape } from './shapes.ts';
import { killAllSides } from './side.ts';
import { improvePeaks, lookAround, threadsOf } from './surroundings.ts';

/** One line that the next one replaces; nothing where nobody looks. */
function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
}

async function bench(options: BenchOptions, folder: string): Promise<void> {
  const surroundings = await lookAround(options, progress);
  const { found } = surroundings;
  // Whoever waits for minutes should know from the start that they are in vain.
  for (const warning of surroundings.report.warnings) console.error(`${warning}\n`);

  const pytorch = found.filter(({ name }) => name === 'pytorch');
  const report: Report = { machine: surroundings.report, turns: [], sessions: [], profiles: [] };
  for (const threads of options.threads) {
    const { rounds, hugePages } = options;
    const measuring: MeasureOptions = { folder, threads: threadsOf(threads), rounds, hugePages, onProgress: progress };
    for (const name of options.shapes) {
      for (const table of options.tables) {
        switch (table) {
          case 'train':
            report.turns.push(await measureTurns(benchShape(name, { threads }), found, measuring));
            break;
          case 'eval':
            report.turns.push(
              await measureTurns(benchShape(name, { threads, work: 'evaluation' }), pytorch, measuring),
            );
            break;
          case 'sessions':
            report.sessions.push(...(await measureSessions(name, measuring)));
            break;
          case 'profile':
            report.profiles.push(await measureProfile(name, measuring));
            break;
        }
      }
    }
  }
  if (report.turns.length > 0) report.machine.peaks = await improvePeaks(surroundings);
  console.log(options.json ? jsonLines(report).join('\n') : reportText(report));
}

async function main(): Promise<void> {
  const options = parseOptions(process.argv.slice(2));
  if (options.help) {
    console.log(usage);
    return;
  }
  const folder = mkdtempSync(join(tmpdir(), 'seqlab-bench-'));
  process.on('exit', () => {
    killAllSides();
    rmSync(folder, { recursive: true, force: true });
  });
  // 128 + the signal's number, as shells count it.
  const signals = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;
  for (const [signal, code] of Object.entries(signals)) process.on(signal, () => process.exit(code));
  await bench(options, folder);
}

if (process.argv[2] === oursArgument) await serveOurs();
else {
  try {
    await main();
  } catch (error) {
    console.error(`\n${messageOf(error)}`.trim());
    process.exit(error instanceof SequenceLabError ? error.exitCode : 1);
  }
}
