import type { Extension } from '../extensionParts.ts';
import { openWithRun } from './menuRun.ts';

/** The hidden states of the run of the menu that was used; from the palette the panel as it was. */
export function showHiddenStates({ states, experiments }: Extension, argument?: unknown): void {
  openWithRun(experiments, argument, {
    title: 'Show Hidden States',
    open: (key) => states.show(key === undefined ? {} : { key }),
  });
}

/** What a network makes of what is selected in the editor; it is followed as the selection changes. */
export function showHiddenStatesOfSelection({ states }: Extension): void {
  states.show({ source: 'selection' });
}
