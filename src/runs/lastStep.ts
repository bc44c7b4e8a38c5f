import { runPaths } from './layout.ts';
import { openRegular } from '../util/regularFile.ts';
import { metricsRecordSchema, type MetricsRecord } from './schema.ts';

/** Enough for the records between two steps, at several hundred bytes each, but for gradient flows of large networks. */
const tailBytes = 16_384;

const maxTailBytes = 8 * 1024 * 1024;

/**
 * The last `step` record of a run, from the end of its metrics.jsonl alone; undefined where there is none.
 *
 * @throws FileError where the file cannot be read
 */
export async function readLastStep(folder: string): Promise<Extract<MetricsRecord, { event: 'step' }> | undefined> {
  const file = await openRegular(runPaths(folder).metrics);
  try {
    const { size } = await file.stat();
    for (let bytes = tailBytes; ; bytes *= 8) {
      const start = Math.max(0, size - bytes);
      const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(size - start), position: start });
      const lines = buffer.toString('utf8', 0, bytesRead).split('\n');
      for (const line of lines.reverse()) {
        const record = recordOf(line);
        if (record?.event === 'step') return record;
      }
      if (start === 0 || bytes > maxTailBytes) return undefined;
    }
  } finally {
    await file.close();
  }
}

/** The first and the last line may be torn. */
function recordOf(line: string): MetricsRecord | undefined {
  try {
    return metricsRecordSchema.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}
