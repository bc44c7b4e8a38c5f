import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

/** What this process may compute on. */
export interface Processors {
  /** Logical processors, at most what the container's quota allows; at least 1. */
  readonly usable: number;
  /** Physical cores of the processors that the process may run on, whatever its quota; undefined where unknown. */
  readonly physical?: number;
  /** Physical cores without the efficiency cores; undefined where all are alike or the system does not tell. */
  readonly performance?: number;
}

/** What is asked of the system; other answers are for tests. */
export interface ProcessorSystem {
  /** Logical processors of the process, by its affinity. */
  readonly available: number;
  /** The text of a file of `/proc` or `/sys`; undefined where there is none. */
  read(path: string): string | undefined;
}

const thisSystem: ProcessorSystem = {
  get available() {
    return availableParallelism();
  },
  read(path) {
    if (process.platform !== 'linux') return undefined;
    try {
      return readFileSync(path, 'utf8');
    } catch {
      return undefined;
    }
  },
};

/** A number of threads in words: "1 thread". */
export function describeThreads(count: number): string {
  return `${count} ${count === 1 ? 'thread' : 'threads'}`;
}

/**
 * What this process may compute on. Only Linux tells of cores and of quotas; of hybrid processors only Intel's are known.
 * A quota is rounded down: one thread more than it has processors would have all of them wait for the next period.
 */
export function readProcessors(system: ProcessorSystem = thisSystem): Processors {
  const quota = Math.max(1, Math.floor(quotaOf(system)));
  const usable = Math.max(1, Math.min(system.available, quota));
  const processors = allowedProcessors(system);
  const physical = countCores(system, processors);
  const fast = parseList(system.read('/sys/devices/cpu_core/cpus'));
  const performance = countCores(
    system,
    processors.filter((processor) => fast.includes(processor)),
  );
  return {
    usable,
    ...(physical === undefined ? {} : { physical }),
    ...(performance === undefined || performance === physical ? {} : { performance }),
  };
}

/** Threads that "all cores" means: a process that was given less than the machine gets no more from more of them. */
export function usableProcessors(): number {
  return readProcessors().usable;
}

/** The numbers of the processors that the process may run on. */
function allowedProcessors(system: ProcessorSystem): number[] {
  const status = system.read('/proc/self/status') ?? '';
  return parseList(/^Cpus_allowed_list:\s*(\S+)/m.exec(status)?.[1] ?? system.read('/sys/devices/system/cpu/online'));
}

/** How many cores the processors are; undefined for none, and where one of them does not tell its siblings. */
function countCores(system: ProcessorSystem, processors: readonly number[]): number | undefined {
  const cores = processors.map((processor) =>
    system.read(`/sys/devices/system/cpu/cpu${processor}/topology/thread_siblings_list`)?.trim(),
  );
  return cores.length === 0 || cores.includes(undefined) ? undefined : new Set(cores).size;
}

/** `0-3,8` as numbers. */
function parseList(text = ''): number[] {
  return [...text.matchAll(/(\d+)(?:-(\d+))?/g)].flatMap(([, first, last = first]) => {
    const from = Number(first);
    return Array.from({ length: Math.max(0, Number(last) - from + 1) }, (_, index) => from + index);
  });
}

/**
 * Processors that the process's control groups allow, which need not be whole; Infinity without a limit. The groups above
 * limit too, and in a container the path that `/proc` names may not be mounted: then its root is the container's own.
 */
function quotaOf(system: ProcessorSystem): number {
  const groups = (system.read('/proc/self/cgroup') ?? '').split('\n').map((line) => line.split(':'));
  const limits = groups.flatMap(([, controllers = '', ...rest]) => {
    const folders = ancestorsOf(rest.join(':'));
    if (controllers === '')
      return folders.map((folder) => secondVersion(system.read(`/sys/fs/cgroup${folder}/cpu.max`)));
    if (!controllers.split(',').includes('cpu')) return [];
    return [controllers, 'cpu'].flatMap((mount) =>
      folders.map((folder) => {
        const value = (name: string) => Number(system.read(`/sys/fs/cgroup/${mount}${folder}/${name}`) ?? NaN);
        return limitOf(value('cpu.cfs_quota_us'), value('cpu.cfs_period_us'));
      }),
    );
  });
  return Math.min(Infinity, ...limits);
}

/** `/a/b` as `/a/b`, `/a` and the root, which is empty. */
function ancestorsOf(path: string): string[] {
  const parts = path.split('/').filter((part) => part !== '' && part !== '..');
  return Array.from({ length: parts.length + 1 }, (_, index) =>
    parts
      .slice(0, parts.length - index)
      .map((part) => `/${part}`)
      .join(''),
  );
}

/** What cpu.max says: `150000 100000`, or `max 100000` without a limit. */
function secondVersion(text = ''): number {
  const [quota, period] = text.trim().split(/\s+/);
  return limitOf(Number(quota ?? NaN), Number(period ?? NaN));
}

/** A quota that is missing, `max` or -1 is none. */
function limitOf(quota: number, period: number): number {
  return quota > 0 && period > 0 ? quota / period : Infinity;
}
