/** A word as it can be shown: what cannot be seen is given a sign. */
export function visible(token: string): string {
  if (token === '<eos>') return '⏎';
  const signs = token.replace(/\p{Cc}/gu, (control) =>
    control < ' ' ? String.fromCharCode(0x2400 + control.charCodeAt(0)) : '\ufffd',
  );
  return /^\s*$/u.test(signs) ? '␣'.repeat(Math.max(1, signs.length)) : signs;
}

/** Tokens as one text: characters stand as close as they were written. */
export function joined(tokens: readonly string[], unit: 'word' | 'character'): string {
  return tokens.join(unit === 'character' ? '' : ' ');
}
