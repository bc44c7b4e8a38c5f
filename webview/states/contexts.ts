import type { Context } from '../../src/protocol/states.ts';
import { element } from '../shared/dom.ts';
import { joined, visible } from '../shared/visible.ts';
import { figures } from './words.ts';

/** A list of places in the corpus; a click opens one as the panel's text. */
export function contextList(
  contexts: readonly Context[],
  options: { label: string; unit: 'word' | 'character'; open: (context: Context) => void; scored: boolean },
): HTMLElement {
  const { label, unit, open, scored } = options;
  const between = unit === 'word' ? ' ' : '';
  const words = (of: readonly string[]): string => joined(of.map(visible), unit);
  const scores = scored ? figures(contexts.map(({ score }) => score)) : [];
  const items = contexts.map((context, index) => {
    const made = element(
      'button',
      { type: 'button', class: 'context', title: 'Read this passage' },
      element(
        'span',
        { class: 'context-words' },
        words(context.before) + between,
        element('mark', {}, words(context.span)),
        between + words(context.after),
      ),
      ...(scored ? [element('span', { class: 'context-score' }, scores[index] ?? '')] : []),
    );
    made.addEventListener('click', () => open(context));
    return element('li', {}, made);
  });
  return element('ul', { class: 'contexts', 'aria-label': label }, ...items);
}
