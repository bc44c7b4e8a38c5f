import { button } from '../shared/controls.ts';
import { guard, html, ifDefined, keyed, nothing } from '../shared/lit.ts';
import type { DirectiveResult, TemplateResult } from '../shared/lit.ts';
import type { Work } from './work.ts';

interface WorkLineOptions {
  readonly words: string;
  readonly start: () => void;
  readonly title?: string;
  /** Whether there is something to be asked. */
  readonly isPossible: boolean;
}

/** A button that begins long work; while that is under way how far it is, and a button that gives it up. */
export function workLine<R>(work: Work<R>, { words, start, title, isPossible }: WorkLineOptions): TemplateResult {
  const { fraction, problem } = work;
  return html`<div>
    <div class="work">
      ${
        fraction === null
          ? button(words, { click: start, disabled: !isPossible, ...(title === undefined ? {} : { title }) })
          : [
              html`<progress
                max="1"
                aria-label=${words}
                value=${ifDefined(fraction === 0 ? undefined : fraction)}
              ></progress>`,
              button('Cancel', { click: () => work.cancel() }),
            ]
      }
    </div>
    <p class="problem" role="alert" ?hidden=${problem === undefined}>${problem ?? ''}</p>
  </div>`;
}

/** What a result looks like: made once, for there may be much of it; of another result anew, so that lists begin at their top. */
export function resultOf<R>(result: R | undefined, template: (result: R) => TemplateResult): DirectiveResult {
  return guard([result], () => (result === undefined ? nothing : keyed(result, template(result))));
}
