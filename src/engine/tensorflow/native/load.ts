import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import nodeUtil from 'node:util';
import { messageOf } from '../../../util/errors.ts';
import { usableProcessors } from '../../processors.ts';
import type { LoadedTensorflow, NativeBackend, SkippedTensorflow, TensorflowModule } from '../loaded.ts';

const packageName = '@tensorflow/tfjs-node';

/** What loading the library on a loaded machine may take; one that hangs is given up. */
const trialMilliseconds = 60_000;

/**
 * `@tensorflow/tfjs-node` in the folder that is named, else where Node finds it from `from`; undefined where neither works.
 * Each is tried in a process of its own first: a native library that the processor or the system does not suit ends the
 * whole process, and no one could catch that.
 *
 * @param options.folder holds node_modules/@tensorflow/tfjs-node; empty for none
 * @param options.skipped is told why one is not used
 */
export async function nativeTensorflow(options: {
  folder: string;
  from: string;
  threads: number;
  skipped: SkippedTensorflow[];
}): Promise<Omit<LoadedTensorflow, 'skipped' | 'description'> | undefined> {
  const { folder, from, skipped } = options;
  const threads = options.threads === 0 ? usableProcessors() : options.threads;
  const named = folder === '' ? undefined : { what: `${packageName} in ${folder}`, place: folder };
  for (const { what, place } of [...(named ? [named] : []), { what: packageName, place: from }]) {
    const path = find(place);
    if (path === undefined) {
      // Whoever names a folder has not put it elsewhere: one notice is enough.
      if (place === folder || !named) skipped.push({ what, reason: 'it is not installed' });
      continue;
    }
    try {
      setUpLibrary(threads);
      await tryInChild(path);
      const tf = load(path);
      const version = tf.version['tfjs-node'] ?? tf.version_core;
      const nativeVersion = tf.backend().binding?.TF_Version;
      return {
        tf: tf as unknown as TensorflowModule,
        backend: 'tensorflow',
        library: packageName,
        version,
        threads,
        ...(nativeVersion === undefined ? {} : { nativeVersion }),
      };
    } catch (error) {
      skipped.push({ what, reason: firstLine(messageOf(error)) });
    }
  }
  return undefined;
}

/** What libtensorflow reads when it is loaded. */
function setUpLibrary(threads: number): void {
  const { env } = process;
  // Inside an operation, and of operations that do not wait for each other.
  env['TF_NUM_INTRAOP_THREADS'] = String(threads);
  env['TF_NUM_INTEROP_THREADS'] = String(threads);
  // It writes more than errors to stderr otherwise.
  env['TF_CPP_MIN_LOG_LEVEL'] ??= '2';
  // Products of oneDNN, which 2.9 takes by itself on some processors only: a step of 2 × 200 in 101 ms instead of 122 (AMD
  // EPYC of the fourth generation, two cores). Libraries that are built without it do not look.
  env['TF_ENABLE_ONEDNN_OPTS'] ??= '1';
}

/** What tfjs-node has beside TensorFlow.js's own operations. */
type NativeModule = Omit<TensorflowModule, 'backend'> & {
  version: Readonly<Record<string, string>>;
  backend: () => NativeBackend;
};

/** The library's main file; undefined where it is not installed. */
function find(place: string): string | undefined {
  try {
    return createRequire(join(place, 'package.json')).resolve(packageName);
  } catch {
    return undefined;
  }
}

/** tfjs-node 4.22 calls `util.isNullOrUndefined`, which Node 23 took away. */
function load(path: string): NativeModule {
  const util: { isNullOrUndefined?: (value: unknown) => boolean } = nodeUtil;
  util.isNullOrUndefined ??= (value) => value === null || value === undefined;
  return createRequire(path)(path) as NativeModule;
}

/** Loads the library and multiplies, as `load` does, and says on stdout what went wrong. */
const trial = `
  const util = require('node:util');
  util.isNullOrUndefined ??= (value) => value === null || value === undefined;
  let problem = '';
  try {
    const tf = require(process.argv[1]);
    const [product] = tf.matMul([[1, 2]], [[3], [4]]).dataSync();
    if (tf.getBackend() !== 'tensorflow') problem = 'it computes on the backend ' + tf.getBackend();
    else if (product !== 11) problem = 'it multiplies wrongly';
  } catch (error) {
    problem = String(error?.message ?? error);
  }
  require('node:fs').writeSync(1, JSON.stringify({ problem }));
  process.exit(0);
`;

function tryInChild(path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, ELECTRON_RUN_AS_NODE: '1' };
    const options = { env, timeout: trialMilliseconds, windowsHide: true };
    execFile(process.execPath, ['-e', trial, path], options, (error, stdout) => {
      const said = /\{"problem":(".*")\}$/.exec(stdout)?.[1];
      const problem = said === undefined ? undefined : String(JSON.parse(said));
      if (problem === '') resolve();
      else if (problem !== undefined) reject(new Error(problem));
      else if (error?.killed === true) reject(new Error('loading it took longer than a minute'));
      else reject(new Error(`loading it ended the process with ${error?.signal ?? `exit code ${error?.code ?? 0}`}`));
    });
  });
}

function firstLine(text: string): string {
  return (text.trim().split('\n')[0] ?? '').trim().replace(/\.$/, '');
}
