#!/usr/bin/env node
import { Command, CommanderError } from 'commander';
import { version } from '../../package.json';
import { FileError, SequenceLabError, messageOf } from '../util/errors.ts';
import { fileErrorFrom } from '../util/fileErrors.ts';
import { addDoctorCommand } from './doctor.ts';
import { addEvalCommand } from './eval.ts';
import { addExportCommand } from './export.ts';
import { addGenerateCommand } from './generate.ts';
import { ignoreHangupWithoutTerminal, interruptWork } from './interrupt.ts';
import { addPredictCommand } from './predict.ts';
import { addResumeCommand } from './resume.ts';
import { addRunsCommand } from './runs.ts';
import { addScoreCommand } from './score.ts';
import { addStatesCommand } from './states.ts';
import { addStopCommand } from './stop.ts';
import { addTrainCommand } from './train.ts';
import { shown } from '../util/shown.ts';

const program = new Command('seqlab')
  .description('Train recurrent language models and look at what they learned.')
  .version(version)
  .option('--verbose', 'on an error, print the stack trace')
  .showSuggestionAfterError()
  .exitOverride()
  .configureHelp({ sortSubcommands: false })
  .configureOutput({ outputError: (text, write) => write(`seqlab: ${inOneLine(text.replace(/^error: /, ''))}\n`) });

for (const add of [
  addTrainCommand,
  addResumeCommand,
  addStopCommand,
  addEvalCommand,
  addRunsCommand,
  addExportCommand,
  addPredictCommand,
  addScoreCommand,
  addGenerateCommand,
  addStatesCommand,
  addDoctorCommand,
])
  add(program);

// Nobody reads any more (`| head`), or the disk under a redirection is full. Training must not be lost with it; of a
// shorter command, a reader that went away had what it wanted.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  const { message } = fileErrorFrom(error, 'cannot write to standard output');
  if (interruptWork(message)) return;
  process.exit(error.code === 'EPIPE' ? 0 : explain(new FileError(message, { cause: error })));
});
process.stderr.on('error', () => undefined);
ignoreHangupWithoutTerminal();

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = explain(error);
}

/** A message with a list in it, as a script's log can hold it. */
function inOneLine(message: string): string {
  return message
    .trim()
    .replace(/:\s*\n\s*/g, ': ')
    .replace(/\s*\n\s*(?=\()/g, ' ')
    .replace(/\s*\n\s*/g, '; ');
}

/** Tells a person what went wrong, in one line on stderr. @returns the exit code */
function explain(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  const isOurs = error instanceof SequenceLabError;
  process.stderr.write(`seqlab: ${isOurs ? '' : 'unexpected error: '}${shown(inOneLine(messageOf(error)))}\n`);
  if (program.opts<{ verbose?: boolean }>().verbose && error instanceof Error) process.stderr.write(`${error.stack}\n`);
  else if (!isOurs)
    process.stderr.write('seqlab: run the command again with --verbose to see where the error came from\n');
  return isOurs ? error.exitCode : 1;
}
