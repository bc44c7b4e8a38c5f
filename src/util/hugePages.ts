const tunable = 'glibc.malloc.hugetlb';

/**
 * An environment in which a process on Linux uses huge pages (of 2 MB) where the kernel gives them: a training step
 * walks through hundreds of megabytes, and was seen to take up to a tenth less time so, often a few percent. Another C library than glibc does not
 * look at it.
 *
 * @returns the same environment on another system, or where somebody has set it already
 */
export function withHugePages(
  environment: NodeJS.ProcessEnv,
  platform: NodeJS.Platform = process.platform,
): NodeJS.ProcessEnv {
  const tunables = environment['GLIBC_TUNABLES'];
  if (platform !== 'linux' || tunables?.includes(tunable) === true) return environment;
  return { ...environment, GLIBC_TUNABLES: [...(tunables ? [tunables] : []), `${tunable}=1`].join(':') };
}
