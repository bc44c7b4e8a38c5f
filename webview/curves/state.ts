import * as z from 'zod';

/** What the panel keeps over a reload. What cannot be read, written by another version, takes its default. */
const range = z.tuple([z.number(), z.number()]).refine(([from, to]) => from < to);
const keys = z.array(z.string());

export const chartIds = ['perplexity', 'learningRate', 'gradientNorm', 'wordsPerSecond'] as const;
export type ChartId = (typeof chartIds)[number];

export const panelStateSchema = z.object({
  /** The runs in the legend, in its order. */
  selected: keys.catch([]),
  /** Of these, the ones whose lines are not drawn. */
  hidden: keys.catch([]),
  /** The run that is shown because it was the newest, not because the user chose it. */
  followed: z.string().nullable().catch(null),
  follow: z.boolean().catch(true),
  /** When the newest run that the panel has seen was created, in ms since 1970. */
  newestSeen: z.number().catch(0),
  /** The number of the last request to show runs that was carried out: each is carried out once. */
  asked: z.number().catch(0),
  /** Each run's look, by its key. */
  slots: z.record(z.string(), z.int().min(0)).catch({}),
  axis: z.enum(['step', 'epoch', 'seconds']).catch('step'),
  logarithmic: z.boolean().catch(true),
  smoothing: z.number().min(0).max(0.99).catch(0.6),
  /** Charts that are switched off. */
  off: z.array(z.enum(chartIds)).catch([]),
  table: z.boolean().catch(false),
  /** Whether the chart of gradient flow is on, where a run has records of it. */
  flow: z.boolean().catch(true),
  /** Whether its norms are divided by those at distance 0. */
  flowRelative: z.boolean().catch(false),
  /** The step of training whose records are drawn, or those nearest to it; null for each run's newest. */
  flowStep: z.number().nullable().catch(null),
  /** In units of `axis`; null shows all. */
  zoomX: range.nullable().catch(null),
  /** In values, by chart. */
  zoomY: z.partialRecord(z.enum(chartIds), range).catch({}),
});
export type PanelState = z.output<typeof panelStateSchema>;

/** What was kept, or the state of a new panel. */
export function readState(kept: unknown): PanelState {
  const found = panelStateSchema.safeParse(typeof kept === 'object' && kept !== null ? kept : {});
  return found.success ? found.data : panelStateSchema.parse({});
}
