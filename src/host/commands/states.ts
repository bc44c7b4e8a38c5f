import type { Extension } from '../extensionParts.ts';
import { openWithRun } from './menuRun.ts';

/** The hidden states of the run of the menu that was used; from the palette the panel as it was. */
export function showHiddenStates(
  { panels, experiments }: Pick<Extension, 'experiments' | 'panels'>,
  argument?: unknown,
): void {
  openWithRun(experiments, argument, {
    title: 'Show Hidden States',
    open: (key) => panels.show('states', key === undefined ? undefined : { key }),
  });
}

/** What a network makes of what is selected in the editor; it is followed as the selection changes. */
export function showHiddenStatesOfSelection({ panels }: Pick<Extension, 'panels'>): void {
  panels.show('states', { source: 'selection' });
}
