import { cpus } from 'node:os';

/** Below this share of all cores, figures differ by more from one measurement to the next than by what others take. */
export const noticeableShare = 0.15;

/** @returns tells the share of all cores that other processes have used since this was called; 0 where it is not known */
export function othersSince(): () => number {
  const busySeconds = () =>
    cpus().reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0) / 1000;
  const before = { busy: busySeconds(), own: process.cpuUsage(), now: performance.now() };
  return () => {
    const { user, system } = process.cpuUsage(before.own);
    const all = (cpus().length * (performance.now() - before.now)) / 1000;
    const others = busySeconds() - before.busy - (user + system) / 1e6;
    return all > 0 ? Math.min(1, Math.max(0, others / all)) : 0;
  };
}
