#!/usr/bin/env node
import { Command, CommanderError } from 'commander';
import { version } from '../../package.json';
import { SequenceLabError, messageOf } from '../util/errors.ts';
import { addEvalCommand } from './eval.ts';
import { addExportCommand } from './export.ts';
import { addResumeCommand } from './resume.ts';
import { addRunsCommand } from './runs.ts';
import { addTrainCommand } from './train.ts';

const program = new Command('seqlab')
  .description('Train recurrent language models and look at what they learned.')
  .version(version)
  .option('--verbose', 'on an error, print where in the program it came from')
  .showSuggestionAfterError()
  .exitOverride()
  .configureHelp({ sortSubcommands: false });

for (const add of [addTrainCommand, addResumeCommand, addEvalCommand, addRunsCommand, addExportCommand]) add(program);

// A reader that went away (`| head`) is no fault: what it did not want is not written.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = explain(error);
}

/** Tells a person what went wrong, in one line on stderr. @returns the exit code */
function explain(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  const isOurs = error instanceof SequenceLabError;
  process.stderr.write(`seqlab: ${isOurs ? '' : 'unexpected fault: '}${messageOf(error)}\n`);
  if (program.opts<{ verbose?: boolean }>().verbose && error instanceof Error) process.stderr.write(`${error.stack}\n`);
  else if (!isOurs) process.stderr.write('seqlab: run it again with --verbose for where it came from\n');
  return isOurs ? error.exitCode : 1;
}
