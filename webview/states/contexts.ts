import type { Context } from '../../src/protocol/states.ts';
import { element } from '../shared/dom.ts';
import { figure } from './words.ts';

/** A list of places in the corpus; a click opens one as the panel's text. */
export function contextList(
  contexts: readonly Context[],
  { label, open, scored }: { label: string; open: (context: Context) => void; scored: boolean },
): HTMLElement {
  const items = contexts.map((context) => {
    const words = (of: readonly string[]): string => of.map((word) => (word === '<eos>' ? '¶' : word)).join(' ');
    const made = element(
      'button',
      { type: 'button', class: 'context', title: 'Read this passage' },
      element(
        'span',
        { class: 'context-words' },
        `${words(context.before)} `,
        element('mark', {}, words(context.span)),
        ` ${words(context.after)}`,
      ),
      ...(scored ? [element('span', { class: 'context-score' }, figure(context.score))] : []),
    );
    made.addEventListener('click', () => open(context));
    return element('li', {}, made);
  });
  return element('ul', { class: 'contexts', 'aria-label': label }, ...items);
}
