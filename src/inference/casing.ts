import { capitalised } from './english.ts';

/** Of a long text its end tells enough. */
const lookedAt = 20_000;

/** Gives words that are all in lower case the capitals that a text has. */
export class Casing {
  /** A text in lower case goes on in lower case; one without letters is taken for the start of one with capitals. */
  private readonly hasCapitals: boolean;
  /** In lower case → as the text writes it within its sentences. */
  private readonly seen = new Map<string, string>();

  constructor(before: string) {
    const text = before.slice(-lookedAt);
    // "N" alone is the Penn Treebank's number.
    this.hasCapitals = /\p{Lu}(?<!(?<!\S)N(?!\S))/u.test(text) || !/\p{L}/u.test(text);
    const small = new Set(text.match(/(?<![\p{L}\p{M}])\p{Ll}[\p{L}\p{M}&-]*/gu));
    for (const [form] of text.matchAll(/(?<=[\p{Ll}\d,;:]\s)\p{Lu}[\p{L}\p{M}&-]+/gu)) {
      const lower = form.toLowerCase();
      if (!small.has(lower)) this.seen.set(lower, form);
    }
  }

  restore(word: string, { sentenceStart }: { sentenceStart: boolean }): string {
    if (!this.hasCapitals) return word;
    const seen = this.seen.get(word);
    if (seen !== undefined) return seen;
    if (isInitials(word)) return word.toUpperCase();
    return sentenceStart || capitalised.has(word) ? upperFirst(word) : word;
  }
}

/** u.s., j.p., at&t, s&p, us$: but not a.m. and p.m. */
function isInitials(word: string): boolean {
  return (/^(?:\p{L}\.)+$/u.test(word) && !/^[ap]\.m\.$/.test(word)) || /^\p{L}{1,2}&\p{L}$|^[a-z]{1,2}\$$/u.test(word);
}

function upperFirst(word: string): string {
  const [first = ''] = word;
  return first.toUpperCase() + word.slice(first.length);
}
