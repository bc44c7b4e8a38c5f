import { describe, expect, it, vi } from 'vitest';
import { restartWithHugePages } from '../../../src/cli/restart.ts';
import { withHugePages } from '../../../src/util/hugePages.ts';

describe('an environment for large pages', () => {
  it('asks for them beside what is set already', () => {
    expect(withHugePages({ A: '1' }, 'linux')).toEqual({ A: '1', GLIBC_TUNABLES: 'glibc.malloc.hugetlb=1' });
    expect(withHugePages({ GLIBC_TUNABLES: 'glibc.malloc.arena_max=2' }, 'linux')).toEqual({
      GLIBC_TUNABLES: 'glibc.malloc.arena_max=2:glibc.malloc.hugetlb=1',
    });
  });

  it('leaves alone another system, and what somebody has decided', () => {
    const decided = { GLIBC_TUNABLES: 'glibc.malloc.hugetlb=0' };
    expect(withHugePages(decided, 'linux')).toBe(decided);
    const empty = {};
    expect(withHugePages(empty, 'darwin')).toBe(empty);
  });
});

describe('starting again with large pages', () => {
  it('replaces the process once, with the arguments that it was given', () => {
    const replace = vi.fn();
    restartWithHugePages({ environment: {}, platform: 'linux', replace });
    expect(replace).toHaveBeenCalledWith(
      process.execPath,
      [process.execPath, ...process.execArgv, ...process.argv.slice(1)],
      { GLIBC_TUNABLES: 'glibc.malloc.hugetlb=1' },
    );
    const [, , environment] = replace.mock.calls[0] as [string, string[], NodeJS.ProcessEnv];
    restartWithHugePages({ environment, platform: 'linux', replace });
    expect(replace).toHaveBeenCalledTimes(1);
  });

  it('goes on as it is where Node cannot do it', () => {
    expect(() => restartWithHugePages({ environment: {}, platform: 'linux', replace: undefined })).not.toThrow();
  });
});
