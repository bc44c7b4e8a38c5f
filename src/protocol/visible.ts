/** A token as a person can see it: the end of a sentence, white space and control characters are given a sign. */
export function visible(token: string): string {
  if (token === '<eos>') return '⏎';
  const signs = token.replace(/\p{Cc}/gu, (control) =>
    control < ' ' ? String.fromCharCode(0x2400 + control.charCodeAt(0)) : '\ufffd',
  );
  return /^\s*$/u.test(signs) ? '␣'.repeat(Math.max(1, signs.length)) : signs;
}
