import { Option } from 'commander';
import type { Command } from 'commander';
import type { CheckpointKind } from '../runs/checkpoints.ts';
import { findRun } from '../runs/layout.ts';
import { exportRun } from '../training/results.ts';
import { options } from './options.ts';
import { onNotice, printJson } from './output.ts';

/** `seqlab export RUN`: a run's weights in a form that other frameworks read. */
export function addExportCommand(program: Command): void {
  program
    .command('export <run>')
    .summary("write a run's weights to a file")
    .description("Write the weights of a run's checkpoint to a file.")
    .addOption(new Option('--format <format>', 'the file format').choices(['safetensors']).default('safetensors'))
    .requiredOption('--out <file>', 'the file to write')
    .addOption(options.checkpoint())
    .addOption(options.runs())
    .addOption(options.json())
    .action(async (run: string, given: { out: string; checkpoint?: CheckpointKind; runs: string; json?: boolean }) => {
      const folder = await findRun(run, given.runs);
      const tensors = await exportRun({ folder, file: given.out, checkpoint: given.checkpoint, onNotice });
      if (given.json) printJson({ file: given.out, tensors });
      else {
        for (const { name, shape } of tensors) process.stdout.write(`${name} [${shape.join(', ')}]\n`);
        process.stdout.write(`${tensors.length} tensors in ${given.out}\n`);
      }
    });
}
