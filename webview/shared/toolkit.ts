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
