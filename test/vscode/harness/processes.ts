import { readFileSync, readdirSync } from 'node:fs';

/** Processes of this machine, read from /proc: the tests run on Linux. */
export interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
}

export function processes(): Process[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const command = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
        // The name before the state may hold spaces and brackets.
        const [state, parent] = readFileSync(`/proc/${name}/stat`, 'utf8')
          .replace(/^.*\) /s, '')
          .split(' ');
        return state === 'Z' || command === '' ? [] : [{ pid: Number(name), parent: Number(parent), command }];
      } catch {
        // Gone in the meantime.
        return [];
      }
    });
}

/** Those whose command line names a text: a folder of the tests. */
export function processesNaming(text: string): Process[] {
  return processes().filter(({ pid, command }) => pid !== process.pid && command.includes(text));
}

export function kill(pid: number, signal: NodeJS.Signals = 'SIGKILL'): void {
  try {
    process.kill(pid, signal);
  } catch {
    // Gone already.
  }
}
