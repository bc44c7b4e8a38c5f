import { withHugePages } from '../util/hugePages.ts';

/** `process.execve`, which Node has from 22.15 on. */
type Replace = (file: string, args: readonly string[], environment: NodeJS.ProcessEnv) => void;

interface Surroundings {
  environment: NodeJS.ProcessEnv;
  platform: NodeJS.Platform;
  replace: Replace | undefined;
}

const own = (): Surroundings => ({
  environment: process.env,
  platform: process.platform,
  replace: (process as { execve?: Replace }).execve?.bind(process),
});

/**
 * Restarts the program in its own place, with an environment in which it uses huge pages of memory, unless it has that
 * environment already. The process stays the same one: its number, its terminal and its signals. Where Node cannot
 * replace a process, it goes on as it is; whoever wants huge pages there sets GLIBC_TUNABLES=glibc.malloc.hugetlb=1.
 */
export function restartWithHugePages({ environment, platform, replace }: Surroundings = own()): void {
  const wanted = withHugePages(environment, platform);
  if (wanted === environment) return;
  replace?.(process.execPath, [process.execPath, ...process.execArgv, ...process.argv.slice(1)], wanted);
}
