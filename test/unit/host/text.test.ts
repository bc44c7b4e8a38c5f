import { describe, expect, it } from 'vitest';

import { inLabel, inMessage, shortened } from '../../../src/host/text.ts';

describe("a user's text in VS Code's own pages", () => {
  it('is one line of at most 120 characters', () => {
    expect(shortened('  a\n\tb  ')).toBe('a b');
    expect(shortened('x'.repeat(120))).toHaveLength(120);
    expect(shortened('x'.repeat(121))).toBe(`${'x'.repeat(119)}…`);
  });

  it('makes no icons in labels', () => {
    expect(inLabel('cost $(bug) $(sync~spin)')).toBe('cost \\$(bug) \\$(sync~spin)');
  });

  it('makes no links in notifications', () => {
    const text = inMessage('[click](command:workbench.action.quit)');
    expect(text).not.toMatch(/\]\(/);
    expect(text.replaceAll('\u200b', '')).toBe('[click](command:workbench.action.quit)');
  });

  it('leaves markup as it is: it is shown as text', () => {
    expect(inLabel('<img src=x onerror=alert(1)>')).toBe('<img src=x onerror=alert(1)>');
  });
});
