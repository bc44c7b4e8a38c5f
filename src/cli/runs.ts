import type { Command } from 'commander';
import { measureOf } from '../config/measures.ts';
import { causeOf } from '../runs/files.ts';
import { listRuns } from '../runs/list.ts';
import type { ListedRun } from '../runs/list.ts';
import { sumsNotice } from '../runs/sumsNotice.ts';
import { options } from './options.ts';
import { printJson, printLine } from './output.ts';

/** `seqlab runs`: the runs of a folder, newest first. */
export function addRunsCommand(program: Command): void {
  program
    .command('runs')
    .summary('list the runs')
    .description('List the runs, newest first.')
    .addOption(options.runs())
    .addOption(options.json())
    .action(async (given: { runs: string; json?: boolean }) => {
      const runs = await listRuns(given.runs);
      if (given.json) for (const run of runs) printJson(figuresOf(run));
      else if (runs.length === 0) printLine(`There are no runs in ${given.runs}.`);
      else for (const run of runs) printLine(lineOf(run));
    });
}

function figuresOf(run: ListedRun): object {
  const { id, folder } = run;
  if (run.kind === 'broken') return { run: id, directory: folder, state: 'broken', problem: run.problem };
  const { status, state, config } = run;
  const { name, preset, model } = config.configuration;
  const notice = sumsNotice(run);
  const cause = causeOf(run);
  return {
    run: id,
    directory: folder,
    name,
    ...(preset === undefined ? {} : { preset }),
    state,
    ...(cause === undefined ? {} : { ended: { by: cause } }),
    createdAt: config.createdAt,
    progress: status.progress,
    measure: measureOf(model),
    latest: status.latest,
    best: status.best,
    ...(status.message === undefined ? {} : { message: status.message }),
    ...(notice === undefined ? {} : { sumsNotice: notice }),
  };
}

function lineOf(run: ListedRun): string {
  if (run.kind === 'broken') return `${run.id}  damaged: ${run.problem}`;
  const { latest, progress } = run.status;
  const measure = measureOf(run.config.configuration.model);
  // A perplexity needs no name here; a figure that must not be compared with one does.
  const figure = measure === 'perplexity' ? '' : `${measure} `;
  const figures = [
    run.state === 'done' ? undefined : `epoch ${progress.epoch}/${progress.epochs}`,
    latest.validPerplexity === undefined ? undefined : `validation ${figure}${latest.validPerplexity.toFixed(2)}`,
    latest.testPerplexity === undefined ? undefined : `test ${figure}${latest.testPerplexity.toFixed(2)}`,
  ];
  const notice = sumsNotice(run);
  const columns = [run.id, run.state.padEnd(11), figures.filter((figure) => figure !== undefined).join(', ')];
  return [...columns, ...(notice === undefined ? [] : [notice])].join('  ').trimEnd();
}
