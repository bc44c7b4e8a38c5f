import { exportersOf, saveLabel } from '../../src/config/exporters.ts';
import type { ExporterIdOf } from '../../src/config/exporters.ts';
import { Changing } from './changing.ts';
import type { Options } from './changing.ts';
import { Directive, directive, html, ifDefined, live, nothing } from './lit.ts';
import type { DirectiveResult, TemplateResult } from './lit.ts';
import type { Button, Checkbox, TextField } from './toolkit.ts';

/** Anything that a template can hold. */
export type Content = TemplateResult | DirectiveResult | Node | string | typeof nothing | readonly Content[];

interface ButtonOptions {
  readonly click: () => void;
  /** The button that a person is most likely to want, among several. */
  readonly primary?: boolean;
  readonly disabled?: boolean;
  /** For a button that stays down: whether it is. It then looks like a primary one. */
  readonly pressed?: boolean;
  readonly title?: string;
  /** Its name for screen readers, where it says more than the words: it begins with them. */
  readonly label?: string | undefined;
  /** Its name for the style sheet and tests. */
  readonly control?: string;
}

/** A button with words. */
export function button(words: Content, options: ButtonOptions): TemplateResult {
  const { click, primary = false, disabled = false, pressed, title, label, control } = options;
  return html`<vscode-button
    appearance=${primary || pressed === true ? 'primary' : 'secondary'}
    .disabled=${disabled}
    aria-pressed=${ifDefined(pressed)}
    title=${ifDefined(title)}
    aria-label=${ifDefined(label)}
    data-control=${ifDefined(control)}
    @click=${click}
    >${words}</vscode-button
  >`;
}

/** A button that shows an icon alone: `label` is its name for screen readers and its tooltip. */
export function iconButton(
  label: string,
  icon: Content,
  options: { click: () => void; disabled?: boolean; control?: string },
): TemplateResult {
  const { click, disabled = false, control } = options;
  return html`<vscode-button
    appearance="icon"
    aria-label=${label}
    title=${label}
    .disabled=${disabled}
    data-control=${ifDefined(control)}
    @click=${click}
    >${icon}</vscode-button
  >`;
}

/**
 * A checkbox with words beside it.
 *
 * @param changed is called when the user has changed it
 */
export function checkbox(
  words: string,
  checked: boolean,
  changed: (checked: boolean) => void,
  options: { title?: string; disabled?: boolean } = {},
): TemplateResult {
  const { title, disabled = false } = options;
  let known = checked;
  // The toolkit reports a value that the template sets as a change, too: the listener stands first and knows that value.
  return html`<vscode-checkbox
    aria-label=${words}
    title=${ifDefined(title)}
    .disabled=${disabled}
    @change=${({ currentTarget }: Event) => {
      const now = (currentTarget as Checkbox).checked;
      if (now === known) return;
      known = now;
      changed(now);
    }}
    .checked=${live(checked)}
    >${words}</vscode-checkbox
  >`;
}

/** A field to search with. */
export function searchField(label: string, value: string, typed: (text: string) => void): TemplateResult {
  return html`<vscode-text-field
    aria-label=${label}
    placeholder=${label}
    .value=${live(value)}
    @input=${({ currentTarget }: Event) => typed((currentTarget as TextField).value)}
  ></vscode-text-field>`;
}

interface DropdownOptions {
  /** For screen readers; `labelled` shows it too. */
  readonly label: string;
  /** Its name, for the style sheet and tests. */
  readonly control: string;
  /** Pairs of value and words. */
  readonly options: Options;
  readonly value: string;
  readonly chosen: (value: string) => void;
}

class DropdownDirective extends Directive {
  #list: Changing | undefined;
  #chosen: (value: string) => void = () => undefined;

  override render({ label, control, options, value, chosen }: DropdownOptions): HTMLElement {
    this.#chosen = chosen;
    this.#list ??= new Changing(label, control, (key) => this.#chosen(key));
    this.#list.update(options, value);
    return this.#list.element;
  }
}

/** A choice of one, whose options may change. A list that somebody reads is not taken away: it changes when it is closed. */
export const dropdown = directive(DropdownDirective);

/** A control with its name before it, for the eye: the control has it for screen readers itself. */
export function labelled(words: string, control: Content, options: { hidden?: boolean } = {}): TemplateResult {
  return html`<span class="labelled" ?hidden=${options.hidden ?? false}
    ><span aria-hidden="true">${words}</span>${control}</span
  >`;
}

/** A dropdown with its name before it. */
export function labelledDropdown(
  options: DropdownOptions,
  { hidden = false }: { hidden?: boolean } = {},
): TemplateResult {
  return labelled(options.label, dropdown(options), { hidden });
}

/** Controls that belong together. */
export function group(label: string, ...controls: Content[]): TemplateResult {
  return html`<div class="group" role="group" aria-label=${label}>${controls}</div>`;
}

/** The controls above a panel's pictures, in groups that wrap. */
export function toolbar(label: string, ...groups: Content[]): TemplateResult {
  return html`<div class="toolbar" role="group" aria-label=${label}>${groups}</div>`;
}

/** What has gone wrong, and what to do; nothing without words. */
export function notice(words: string | undefined, action?: { words: string; click: () => void }): Content {
  if (words === undefined || words === '') return nothing;
  return html`<div class="notice" role="alert">
    <p>${words}</p>
    ${action === undefined ? nothing : button(action.words, { click: action.click })}
  </div>`;
}

/** A panel that has nothing to show: why, and how to come by something. */
export function emptyState(title: string, words: string, action: { words: string; click: () => void }): TemplateResult {
  return html`<section class="empty">
    <h2>${title}</h2>
    <p>${words}</p>
    ${button(action.words, { click: action.click, primary: true })}
  </section>`;
}

/** A panel whose runs have not come yet. */
export function loading(words: string): TemplateResult {
  return html`<section class="empty"><p role="status">${words}</p></section>`;
}

/** The buttons that save what is shown, one a format that pages write: of every panel alike. */
export function exportButtons(save: (format: ExporterIdOf<'page'>) => void): Content {
  return exportersOf('page').map((format) => button(saveLabel(format), { click: () => save(format) }));
}

export type { Button };
