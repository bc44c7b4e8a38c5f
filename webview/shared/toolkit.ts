// First: what it does must be in place while the toolkit is loaded.
import { endProbe } from './styleProbe.ts';

import {
  provideVSCodeDesignSystem,
  vsCodeButton,
  vsCodeCheckbox,
  vsCodeDropdown,
  vsCodeOption,
  vsCodeTextField,
} from '@vscode/webview-ui-toolkit';
import type { Button, Checkbox, Dropdown, TextField } from '@vscode/webview-ui-toolkit';

import type { Attributes } from './dom.ts';
import { element } from './dom.ts';

endProbe();

/**
 * The toolkit is archived (its last release is 1.4.0): this is the only file that imports it, so that it can be replaced
 * here. It has no slider and no progress bar.
 */
export type { Button, Checkbox, Dropdown, TextField };

/** Registers the components that the panels use. Once, before any is made. */
export function registerToolkit(): void {
  provideVSCodeDesignSystem().register(
    vsCodeButton(),
    vsCodeCheckbox(),
    vsCodeDropdown(),
    vsCodeOption(),
    vsCodeTextField(),
  );
}

/** A button with words. */
export function button(words: string, click: () => void, attributes: Attributes = {}): Button {
  const made = element('vscode-button', { appearance: 'secondary', ...attributes }, words) as Button;
  made.addEventListener('click', click);
  return made;
}

/** A button that shows an icon alone: `label` is its name for screen readers and its tooltip. */
export function iconButton(label: string, icon: Node, click: () => void): Button {
  const made = element('vscode-button', { appearance: 'icon', 'aria-label': label, title: label }, icon) as Button;
  made.addEventListener('click', click);
  return made;
}

/** A checkbox with words beside it. */
export function checkbox(words: string, checked: boolean, changed: (checked: boolean) => void): Checkbox {
  const made = element('vscode-checkbox', { 'aria-label': words }, words) as Checkbox;
  made.checked = checked;
  made.addEventListener('change', () => changed(made.checked));
  return made;
}

/** A choice of one; `options` are pairs of value and words. */
export function dropdown(
  label: string,
  options: readonly (readonly [value: string, words: string])[],
  value: string,
  changed: (value: string) => void,
): Dropdown {
  const made = element(
    'vscode-dropdown',
    { 'aria-label': label },
    ...options.map(([key, words]) =>
      element('vscode-option', { value: key, selected: key === value, title: words }, words),
    ),
  ) as Dropdown;
  made.addEventListener('change', () => changed(made.value));
  return made;
}

/** A field to search with. */
export function searchField(label: string, typed: (text: string) => void): TextField {
  const made = element('vscode-text-field', { 'aria-label': label, placeholder: label }) as TextField;
  made.addEventListener('input', () => typed(made.value));
  return made;
}
