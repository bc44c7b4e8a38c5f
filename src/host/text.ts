import { shown, shownLines } from '../util/shown.ts';

/**
 * Texts of the user's (names of runs, words of a corpus, paths) on their way into VS Code's own pages, which give some of
 * them a meaning: `$(icon)` in quick picks and the status bar, `[text](link)` in notifications.
 */

const longest = 120;

/** On one line, of a length that a list can show. */
export function shortened(text: string): string {
  const line = shown(text.replace(/\s+/gu, ' ').trim());
  return line.length <= longest ? line : `${line.slice(0, longest - 1)}…`;
}

/** For the label of a quick pick and for the status bar: no icons. */
export function inLabel(text: string): string {
  return shortened(text).replaceAll('$(', '\\$(');
}

/** For a notification: no links. What cannot be seen parts the brackets. */
export function inMessage(text: string): string {
  return shownLines(text).replaceAll('](', ']\u200b(');
}
