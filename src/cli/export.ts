import { basename } from 'node:path';
import { InvalidArgumentError, Option } from 'commander';
import type { Command } from 'commander';
import { exporterNamed, exporters, exportersOf, exportName } from '../config/exporters.ts';
import type { ExporterIdOf } from '../config/exporters.ts';
import { findRun } from '../runs/layout.ts';
import { ConfigurationError } from '../util/errors.ts';
import { exportWriters } from './exportWriters.ts';
import type { FormatOptions } from './exportWriters.ts';
import { tellUnknown } from './model.ts';
import { options } from './options.ts';
import { printJson, printLine } from './output.ts';

type Format = ExporterIdOf<'seqlab'>;
const formats = exportersOf('seqlab');

interface ExportOptions extends FormatOptions {
  format: Format;
  out?: string;
  runs: string;
  json?: boolean;
}

/** `seqlab export RUN`: a run's weights, figures or states in a form that other programs read. */
export function addExportCommand(program: Command): void {
  program
    .command('export <run>')
    .summary('write weights, figures or states of a run to a file')
    .description(
      'Write the weights of a run, the figures of its curves, or its states for a text, in the format given.',
    )
    .addOption(new Option('--format <format>', formatHelp()).argParser(formatOf).default('safetensors'))
    .option('--out <path>', `the file or folder to write (default: ${exportName('safetensors', 'RUN')} and so on)`)
    .addOption(options.checkpoint())
    .addOption(options.text().makeOptionMandatory(false))
    .addOption(options.threads())
    .addOption(options.runs())
    .addOption(options.json())
    .action(async (run: string, given: ExportOptions) => {
      refuseOthers(given);
      const { format } = given;
      const folder = await findRun(run, given.runs);
      const id = basename(folder);
      const out = given.out ?? exportName(format, id);
      const { facts, lines, unknown } = await exportWriters[format].write({ ...given, id, folder, out });
      if (given.json) {
        const { kind } = exporters[format].target;
        printJson({ format, [kind]: out, ...facts, ...(unknown && { unknown }) });
        return;
      }
      for (const line of lines) printLine(line);
      tellUnknown(unknown ?? []);
    });
}

function formatHelp(): string {
  return `what to write: ${formats.map((format) => `${format} (${exportWriters[format].what})`).join(', ')}`;
}

/** @throws InvalidArgumentError that names the formats, and says who writes one that this command does not */
function formatOf(name: string): Format {
  const format = formats.find((one) => one === name);
  if (format !== undefined) return format;
  const known = exporterNamed(name);
  const elsewhere = known === undefined ? '' : `Only the panels in VS Code write ${exporters[known].title}. `;
  throw new InvalidArgumentError(`${elsewhere}Allowed choices are ${formats.join(', ')}.`);
}

/** @throws ConfigurationError for an option that the format would not heed */
function refuseOthers({ format, ...given }: ExportOptions): void {
  for (const option of ['checkpoint', 'text', 'threads'] as const) {
    if (given[option] === undefined || exportWriters[format].takes.includes(option)) continue;
    const takers = formats.filter((one) => exportWriters[one].takes.includes(option));
    throw new ConfigurationError(
      `--${option} is for the format ${takers.join(' or ')}; ${format} writes ${exportWriters[format].what}: leave it out.`,
    );
  }
}
