import type { Context } from '../../src/protocol/states.ts';
import { element } from '../shared/dom.ts';
import { joined, visible } from '../shared/visible.ts';

/**
 * A list of places in the corpus; a click opens one as the panel's text.
 *
 * @param options.scores a figure a place, as it is shown
 * @param options.scoreWords what the figure of a place is, in a sentence
 */
export function contextList(
  contexts: readonly Context[],
  options: {
    label: string;
    unit: 'word' | 'character';
    open: (context: Context) => void;
    scores: readonly string[];
    scoreWords: (score: string) => string;
  },
): HTMLElement {
  const { label, unit, open, scores, scoreWords } = options;
  const between = unit === 'word' ? ' ' : '';
  const words = (of: readonly string[]): string => joined(of.map(visible), unit);
  const items = contexts.map((context, index) => {
    const score = scores[index] ?? '';
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
      element('span', { class: 'context-score', title: scoreWords(score) }, score),
    );
    made.addEventListener('click', () => open(context));
    return element('li', {}, made);
  });
  return element('ul', { class: 'contexts', 'aria-label': label }, ...items);
}
