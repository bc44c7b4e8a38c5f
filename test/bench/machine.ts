import { availableParallelism, cpus } from 'node:os';

export interface Machine {
  cpu: string;
  cores: number;
}

export function machine(): Machine {
  return { cpu: cpus()[0]?.model.trim() ?? 'unknown processor', cores: availableParallelism() };
}

/** Processor time that the whole machine has used since it started, in seconds; 0 where the system does not tell. */
export function machineCpuSeconds(): number {
  return cpus().reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0) / 1000;
}

/** Processor time that this process has used, in seconds. */
export function ownCpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}
