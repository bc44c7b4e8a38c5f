import { availableParallelism } from 'node:os';
import { describe, expect, it } from 'vitest';
import { readProcessors, usableProcessors } from '../../../src/engine/processors.ts';

const topology = (processor: number) => `/sys/devices/system/cpu/cpu${processor}/topology/thread_siblings_list`;

/** A Linux system of which these files are known. @param siblings of each processor, as the system lists them */
function system(available: number, siblings: readonly string[], files: Readonly<Record<string, string>> = {}) {
  const all: Record<string, string> = {
    '/sys/devices/system/cpu/online': `0-${siblings.length - 1}\n`,
    ...Object.fromEntries(siblings.map((list, processor) => [topology(processor), `${list}\n`])),
    ...files,
  };
  return { available, read: (path: string) => all[path] };
}

const fourCores = ['0,4', '1,5', '2,6', '3,7', '0,4', '1,5', '2,6', '3,7'];
const alone = (count: number) => Array.from({ length: count }, (_, processor) => `${processor}`);

describe('the processors of a process', () => {
  it('tells hyper-threads from cores', () => {
    expect(readProcessors(system(8, fourCores))).toEqual({ usable: 8, physical: 4 });
  });

  it('counts those of its affinity alone', () => {
    const files = { '/proc/self/status': 'Name:\tnode\nCpus_allowed_list:\t0-1,4\n' };
    expect(readProcessors(system(3, fourCores, files))).toEqual({ usable: 3, physical: 2 });
  });

  it('tells efficiency cores from the others', () => {
    const hybrid = ['0-1', '0-1', '2-3', '2-3', '4', '5', '6', '7'];
    const files = { '/sys/devices/cpu_core/cpus': '0-3\n' };
    expect(readProcessors(system(8, hybrid, files))).toEqual({ usable: 8, physical: 6, performance: 2 });
  });

  it('knows no cores where the system tells nothing', () => {
    expect(readProcessors({ available: 6, read: () => undefined })).toEqual({ usable: 6 });
  });

  it.each([
    ['version 2', '0::/\n', { '/sys/fs/cgroup/cpu.max': '150000 100000\n' }, 1],
    ['version 2, in a group above', '0::/jobs/one\n', { '/sys/fs/cgroup/jobs/cpu.max': '300000 100000\n' }, 3],
    ['version 2, without a limit', '0::/\n', { '/sys/fs/cgroup/cpu.max': 'max 100000\n' }, 4],
    ['version 2, more than the machine has', '0::/\n', { '/sys/fs/cgroup/cpu.max': '900000 100000\n' }, 4],
    ['version 2, less than a processor', '0::/\n', { '/sys/fs/cgroup/cpu.max': '50000 100000\n' }, 1],
    ['version 1', '3:cpuset:/\n2:cpu,cpuacct:/docker/ab\n', versionOne('cpu,cpuacct', 250_000), 2],
    ['version 1, mounted by its short name', '1:cpu:/\n', versionOne('cpu', 200_000), 2],
    ['version 1, without a limit', '1:cpu:/\n', versionOne('cpu', -1), 4],
    ['none', '', {}, 4],
  ])('are at most its quota: %s', (_, cgroup, files, usable) => {
    const given = system(4, alone(4), { '/proc/self/cgroup': cgroup, ...files });
    expect(readProcessors(given)).toEqual({ usable, physical: 4 });
  });

  it('are here between 1 and those that Node counts', () => {
    expect(usableProcessors()).toBeGreaterThanOrEqual(1);
    expect(usableProcessors()).toBeLessThanOrEqual(availableParallelism());
  });
});

/** The root of a container, whose own path is not mounted in it. */
function versionOne(mount: string, quota: number): Record<string, string> {
  const folder = `/sys/fs/cgroup/${mount}`;
  return { [`${folder}/cpu.cfs_quota_us`]: `${quota}\n`, [`${folder}/cpu.cfs_period_us`]: '100000\n' };
}
