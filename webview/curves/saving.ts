import { exporters, exportName } from '../../src/config/exporters.ts';
import type { ExporterIdOf } from '../../src/config/exporters.ts';
import type { PageFile } from '../../src/protocol/saving.ts';
import type { Theme } from '../shared/theme.ts';
import { wordsOf } from '../shared/panelHost.ts';
import type { Chart } from './chart.ts';
import { lookOf } from './colours.ts';
import type { Picture } from './export.ts';
import { csvOf, pngOf } from './export.ts';
import type { Model } from './model.ts';
import { referenceWords } from './references.ts';
import type { Scene } from './scene.ts';
import type { ChartId } from './state.ts';
import { axisTitles, chartTitles, standing } from './words.ts';

/** What a picture shows, as it is drawn now. */
export interface Drawn {
  readonly scenes: readonly Scene[];
  readonly charts: ReadonlyMap<ChartId, Chart>;
  readonly flow: Picture['charts'][number] | undefined;
  readonly theme: Theme;
}

/** Calls back with the charts as they are drawn now. */
type WithCharts = (take: (drawn: Drawn) => Promise<PageFile['bytes']>) => Promise<PageFile['bytes']>;

/** A writer for each format that a page writes. */
const pageWriters: Readonly<
  Record<ExporterIdOf<'page'>, (model: Model, withCharts: WithCharts) => Promise<PageFile['bytes']>>
> = {
  png: (model, withCharts) => withCharts((drawn) => pngOf(picture(model, drawn))),
  csv: (model) => csv(model),
};

/**
 * Saves what is drawn.
 *
 * @returns what to tell the user; undefined where the user did not want to save after all
 */
export async function save(
  format: ExporterIdOf<'page'>,
  model: Model,
  withCharts: WithCharts,
): Promise<string | undefined> {
  const runs = model.drawn();
  const first = runs[0];
  if (first === undefined) return 'There is nothing to save: no run is drawn.';
  const name = runs.length === 1 ? first.run.id : `${runs.length}-runs`;
  try {
    const bytes = await pageWriters[format](model, withCharts);
    const path = await model.save({ suggestedName: exportName(format, `curves-${name}`), format, bytes });
    return path === null ? undefined : `Saved to ${path}`;
  } catch (error) {
    return `The ${exporters[format].title} file could not be saved: ${wordsOf(error)}`;
  }
}

function csv(model: Model): Promise<PageFile['bytes']> {
  const runs = model.drawn().map(({ run: { id, name, measure }, data: { steps, epochs, flow } }) => ({
    ...{ id, name, measure },
    steps: steps.columns(),
    epochs: epochs.columns(),
    flow: flow?.rows,
  }));
  return csvOf(runs);
}

function picture(model: Model, { scenes, charts, flow, theme }: Drawn): Picture {
  const runs = model.drawn();
  const axis = axisTitles[model.state.axis];
  const titleOf = ({ chart, references }: Scene): string =>
    chart === 'perplexity'
      ? ['Perplexity: train (line), validation (points)', ...referenceWords(references)].join(', ')
      : chartTitles[chart];
  const ofScenes = scenes.map((scene, index) => ({
    title: titleOf(scene),
    chart: charts.get(scene.chart) as Chart,
    ...(index === scenes.length - 1 ? { axis } : {}),
  }));
  return {
    title: runs.length === 1 ? `Loss curves of ${runs[0]?.run.name ?? ''}` : `Loss curves of ${runs.length} runs`,
    charts: flow === undefined ? ofScenes : [...ofScenes, flow],
    runs: runs.map(({ run, data, slot }) => ({
      look: lookOf(slot, theme.kind.endsWith('light')),
      words: `${run.name} · ${standing(run, data.validation()?.best)}`,
    })),
    theme,
  };
}
