import { html, ifDefined } from '../shared/lit.ts';
import type { TemplateResult } from '../shared/lit.ts';
import { icon } from './icons.ts';

interface OpenerOptions {
  readonly open: boolean;
  readonly click: () => void;
  /** What it opens: a dialog, or an element of the page by its id. */
  readonly opens: 'dialog' | { readonly id: string };
}

/** A button that opens something below: words and an arrow. One that opens a part of the page is for narrow panels alone. */
export function opener(words: string, { open, click, opens }: OpenerOptions): TemplateResult {
  const isDialog = opens === 'dialog';
  // Not a span: the toolkit gives spans in a button the size of an icon.
  return html`<vscode-button
    class=${isDialog ? 'opener' : 'opener fold'}
    appearance="secondary"
    aria-haspopup=${ifDefined(isDialog ? 'dialog' : undefined)}
    aria-controls=${ifDefined(isDialog ? undefined : opens.id)}
    aria-expanded=${open}
    @click=${click}
    ><div>${words}</div>
    ${icon('down')}</vscode-button
  >`;
}
