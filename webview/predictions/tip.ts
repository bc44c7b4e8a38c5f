import { element } from '../shared/dom.ts';
import { html, nothing, render } from '../shared/lit.ts';
import type { TemplateResult } from '../shared/lit.ts';
import { visible } from '../shared/visible.ts';
import type { ShownToken } from './tokens.ts';
import { describeReading, describeToken, percent } from './words.ts';

const gap = 6;

/** What is said of the token under the pointer, beside it: drawn at once, as its place depends on its size. */
export class Tip {
  readonly element = element('div', { class: 'tip', role: 'tooltip', hidden: true });
  #of: ShownToken | undefined;

  show(shown: ShownToken, box: DOMRect): void {
    if (shown !== this.#of) render(content(shown), this.element);
    this.#of = shown;
    this.element.hidden = false;
    const { width, height } = this.element.getBoundingClientRect();
    const left = Math.max(gap, Math.min(box.left, innerWidth - width - gap));
    const below = box.bottom + gap;
    const top = below + height > innerHeight ? box.top - height - gap : below;
    this.element.style.left = `${left}px`;
    this.element.style.top = `${Math.max(gap, top)}px`;
  }

  hide(): void {
    this.element.hidden = true;
    this.#of = undefined;
  }
}

function content({ token, before }: ShownToken): TemplateResult {
  const reading = describeReading(token);
  const rows = token.alternatives.map(
    ({ word, probability }) =>
      html`<tr>
        <td><bdi>${visible(word)}</bdi></td>
        <td>${percent(probability)}</td>
      </tr>`,
  );
  return html`<p>${describeToken(token)}</p>
    ${before === undefined ? nothing : html`<p>Before the change: ${percent(before.probability)}</p>`}
    ${reading === '' ? nothing : html`<p>${reading}</p>`}
    ${
      rows.length === 0
        ? nothing
        : html`<table>
            <tbody>
              ${rows}
            </tbody>
          </table>`
    }`;
}
