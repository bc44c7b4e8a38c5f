/** Marks that turn the direction of what follows, or are not seen at all: who reads a name must not be misled by them. */
const unseen = /[\u061c\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]/gu;

/**
 * A text from a disk or a network as a person can see it, on one line: control characters, which could move a terminal's
 * cursor or change its title, are given signs, and marks of direction are named. What people write stays as it is.
 */
export function shown(text: string): string {
  return text
    .replace(/\p{Cc}/gu, (control) => {
      const code = control.charCodeAt(0);
      if (code < 0x20) return String.fromCharCode(0x2400 + code);
      return code === 0x7f ? '\u2421' : '\ufffd';
    })
    .replace(unseen, (mark) => `⟨U+${mark.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}⟩`);
}

/** The same, line by line. */
export function shownLines(text: string): string {
  return text.split('\n').map(shown).join('\n');
}
