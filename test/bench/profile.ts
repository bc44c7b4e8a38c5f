import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InferenceSession } from 'onnxruntime-node';
import * as z from 'zod';
import type { OperatorTime } from './protocol.ts';

/** What ONNX Runtime's profiler writes, as far as it is read here: spans, in microseconds. */
const eventSchema = z.object({
  cat: z.string(),
  name: z.string(),
  ts: z.number(),
  dur: z.number(),
  tid: z.number().optional(),
  args: z.object({ op_name: z.string().optional() }).optional(),
});
export type ProfileEvent = z.output<typeof eventSchema>;

const kernelTime = '_kernel_time';

/**
 * Time and calls of each operator a step, the most time first. What ran inside of an operator, such as a Scan's body, counts
 * for itself and not for what it ran in.
 * @param steps how many of the last runs are counted: earlier ones warmed up
 */
export function operatorTimes(events: readonly ProfileEvent[], steps: number): OperatorTime[] {
  const runs = events.filter(({ cat, name }) => cat === 'Session' && name === 'model_run').sort((a, b) => a.ts - b.ts);
  const start = runs.at(-steps)?.ts ?? 0;
  const kernels = events
    .filter(({ cat, name, ts }) => cat === 'Node' && name.endsWith(kernelTime) && ts >= start)
    // What contains others begins no later than they do, and ends no earlier.
    .sort((a, b) => a.ts - b.ts || b.dur - a.dur);
  const own = new Map(kernels.map((event) => [event, event.dur]));
  const open: ProfileEvent[] = [];
  for (const event of kernels) {
    const isOver = (other: ProfileEvent) => other.ts + other.dur <= event.ts;
    while (open.length > 0 && isOver(open.at(-1) ?? event)) open.pop();
    const around = open.at(-1);
    if (around) own.set(around, (own.get(around) ?? 0) - event.dur);
    open.push(event);
  }
  const totals = new Map<string, { microseconds: number; calls: number }>();
  for (const [event, microseconds] of own) {
    const operator = event.args?.op_name ?? event.name;
    const before = totals.get(operator) ?? { microseconds: 0, calls: 0 };
    totals.set(operator, { microseconds: before.microseconds + microseconds, calls: before.calls + 1 });
  }
  return [...totals]
    .map(([operator, { microseconds, calls }]) => ({
      operator,
      milliseconds: microseconds / 1000 / steps,
      calls: calls / steps,
    }))
    .sort((a, b) => b.milliseconds - a.milliseconds);
}

/**
 * Has ONNX Runtime profile the first session that `work` makes. The engine has no option for it, as the product has no use
 * for one: its sessions are made by `InferenceSession.create`, which is replaced while `work` runs. The profile is written
 * when the session is released, so `work` disposes of what it made.
 * @returns what `work` returned and all that was recorded
 */
export async function profiled<T>(work: () => Promise<T>): Promise<{ result: T; events: ProfileEvent[] }> {
  const folder = await mkdtemp(join(tmpdir(), 'seqlab-profile-'));
  const create = InferenceSession.create.bind(InferenceSession) as (
    model: Uint8Array,
    options: InferenceSession.SessionOptions,
  ) => Promise<InferenceSession>;
  let made = 0;
  const profiling = (model: Uint8Array, options: InferenceSession.SessionOptions) => {
    made++;
    return create(model, {
      ...options,
      ...(made === 1 && { enableProfiling: true, profileFilePrefix: join(folder, 'training') }),
    });
  };
  Object.assign(InferenceSession, { create: profiling });
  try {
    const result = await work();
    return { result, events: await readEvents(folder) };
  } finally {
    Object.assign(InferenceSession, { create });
    await rm(folder, { recursive: true, force: true });
  }
}

async function readEvents(folder: string): Promise<ProfileEvent[]> {
  const [file] = await readdir(folder);
  if (file === undefined) throw new Error('ONNX Runtime wrote no profile.');
  return z
    .array(z.unknown())
    .parse(JSON.parse(await readFile(join(folder, file), 'utf8')))
    .flatMap((event) => {
      // Spans alone: other records have no duration.
      const parsed = eventSchema.safeParse(event);
      return parsed.success ? [parsed.data] : [];
    });
}
