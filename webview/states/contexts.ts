import type { Unit } from '../../src/config/vocabulary.ts';
import type { Context } from '../../src/protocol/states.ts';
import { html } from '../shared/lit.ts';
import type { TemplateResult } from '../shared/lit.ts';
import { joined, visible } from '../shared/visible.ts';

interface ContextListOptions {
  readonly label: string;
  readonly unit: Unit;
  readonly open: (context: Context) => void;
  /** A figure a place, as it is shown. */
  readonly scores: readonly string[];
  /** What the figure of a place is, in a sentence. */
  readonly scoreWords: (score: string) => string;
}

/** A list of places in the corpus; a click opens one as the panel's text. */
export function contextList(contexts: readonly Context[], options: ContextListOptions): TemplateResult {
  const { label, unit, open, scores, scoreWords } = options;
  const between = unit === 'word' ? ' ' : '';
  const words = (of: readonly string[]): string => joined(of.map(visible), unit);
  const item = (context: Context, score: string): TemplateResult =>
    html`<li>
      <button type="button" class="context" title="Read this passage" @click=${() => open(context)}>
        <span class="context-words"
          >${words(context.before) + between}<mark>${words(context.span)}</mark>${between + words(context.after)}</span
        >
        <span class="context-score" title=${scoreWords(score)}>${score}</span>
      </button>
    </li>`;
  return html`<ul class="contexts" aria-label=${label}>
    ${contexts.map((context, index) => item(context, scores[index] ?? ''))}
  </ul>`;
}
