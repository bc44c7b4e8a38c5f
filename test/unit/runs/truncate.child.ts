import { hasMetrics, truncateMetrics } from '../../../src/runs/metrics.ts';

/** What resuming does to metrics.jsonl: `node truncate.child.mjs FOLDER STEP`. */
const [folder = '', step] = process.argv.slice(2);
if (!(await hasMetrics(folder))) throw new Error('no metrics');
await truncateMetrics(folder, { step: Number(step) });
