import type { RunConfig, RunStatus } from './schema.ts';

/** The first version whose sums are right with any number of threads: major and minor number. */
const right = [0, 2] as const;

/**
 * Version 0.1.0 sets a run's time of start anew when it resumes it, and at first right after the time of creation, which
 * takes milliseconds, or some seconds on a slow disk.
 */
const longestCreationMilliseconds = 10_000;

/** What is known of who computed a run; the status is left out where it cannot be read. */
interface Computed {
  readonly config: Pick<RunConfig, 'createdAt' | 'versions'>;
  readonly status?: Pick<RunStatus, 'startedAt' | 'hadDoubtfulSums'> | undefined;
}

/**
 * Whether some of a run was, or may have been, computed with sums that lost or doubled terms. Before version 0.2.0 the
 * gradient of the embedding was summed by ONNX Runtime's operator ScatterND, which on the CPU lets several threads write
 * to one element at the same time. Such runs stay marked when this version goes on with them.
 *
 * Not marked are:
 * - runs of one thread, which has nothing to race with;
 * - runs of TensorFlow.js, whose kernels sum in one thread or under locks;
 * - runs on WebGPU, where ScatterND adds atomically. (Equal indices were added in an order that can differ from run to
 *   run, which costs last digits and no terms.)
 *
 * What is known is the engine that the run was created with: `config.json` says it with its number of threads. What a
 * `resume` of version 0.1.0 computed with stands nowhere in the run's folder, and `resume --threads` could replace it; so a
 * run of one thread that such a version had resumed counts as one of an unknown number, and is marked. That it was resumed
 * is told by the time of start in its status, which a later version replaces; it records the answer instead
 * (`hadDoubtfulSums`). Not seen is a run on WebGPU or of TensorFlow.js that was resumed on ONNX Runtime's CPU by an option,
 * and a run of this version that an earlier one went on with.
 */
export function hasDoubtfulSums({ config, status }: Computed): boolean {
  if (status?.hadDoubtfulSums !== undefined) return status.hadDoubtfulSums;
  const { sequenceLab, engine } = config.versions;
  if (!isEarlier(sequenceLab) || !engine.startsWith('onnxruntime') || engine.includes('(webgpu')) return false;
  const threads = /\(cpu, (\d+) threads?\)/.exec(engine)?.[1];
  return threads !== '1' || wasResumed(config, status);
}

/** What a person should know of the sums of a run, in a sentence; undefined where there is nothing. */
export function sumsNotice(
  run: Computed & { readonly config: { readonly configuration: { readonly name: string } } },
): string | undefined {
  if (!hasDoubtfulSums(run)) return undefined;
  // A name may be any text, and this goes to terminals and into a log.
  const name = run.config.configuration.name.replace(/[\s\p{Cc}\p{Cf}]+/gu, ' ');
  return `The run ${name} was trained with a version whose sums could be wrong with several threads: train it again to be sure of its figures.`;
}

/** Whether a version is before the first that is right; one that cannot be read counts as earlier. */
function isEarlier(version: string): boolean {
  const [, major, minor] = (/^(\d+)\.(\d+)\b/.exec(version) ?? []).map(Number);
  if (major === undefined || minor === undefined) return true;
  return major < right[0] || (major === right[0] && minor < right[1]);
}

function wasResumed({ createdAt }: Computed['config'], status: Computed['status']): boolean {
  if (status === undefined) return false;
  return Date.parse(status.startedAt) - Date.parse(createdAt) > longestCreationMilliseconds;
}
