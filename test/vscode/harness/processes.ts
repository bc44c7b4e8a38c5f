import { readFileSync, readdirSync, readlinkSync } from 'node:fs';

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

/**
 * Those whose command line names a text (a folder of the tests), or that print into a file there: a trainer gives itself a
 * title in the place of its command line.
 */
export function processesNaming(text: string): Process[] {
  return processes().filter(
    ({ pid, command }) => pid !== process.pid && (command.includes(text) || printsInto(pid, text)),
  );
}

function printsInto(pid: number, text: string): boolean {
  try {
    return readlinkSync(`/proc/${pid}/fd/1`).includes(text);
  } catch {
    // Another user's, or gone in the meantime.
    return false;
  }
}

export function kill(pid: number, signal: NodeJS.Signals = 'SIGKILL'): void {
  try {
    process.kill(pid, signal);
  } catch {
    // Gone already.
  }
}
