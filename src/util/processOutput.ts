import { closeSync, mkdirSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Opens a file for what a process prints while it is started. @returns what `start` returned */
export function withOutput<T>(file: string, start: (descriptor: number) => T): T {
  mkdirSync(dirname(file), { recursive: true });
  const printed = openSync(file, 'a');
  try {
    return start(printed);
  } finally {
    closeSync(printed);
  }
}

/** How a process ended, with the last lines that it printed: `by SIGKILL: out of memory`. */
export async function describeEnd(
  file: string,
  { code, signal }: { code: number | null; signal: NodeJS.Signals | null },
): Promise<string> {
  const printed = await readFile(file, 'utf8').catch(() => '');
  const last = printed.trim().split('\n').slice(-5).join('\n');
  const how = signal === null ? `with exit code ${code}` : `by ${signal}`;
  return `${how}${last === '' ? '' : `: ${last}`}`;
}
