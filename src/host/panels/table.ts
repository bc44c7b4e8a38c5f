import { cellPanel } from './cell/cell.ts';
import { curvesPanel } from './curves/curves.ts';
import type { PanelKind } from './panelKind.ts';
import { predictionsPanel } from './predictions/predictions.ts';
import { statesPanel } from './states/states.ts';

/**
 * Every kind of panel, by its id: `sequenceLab.<id>` is its view type, which package.json activates the extension for
 * (`onWebviewPanel:…`). A new panel is a row here, a folder beside the others, and a page in `webview`; CONTRIBUTING.md has the recipe.
 */
export const panelTable = {
  curves: curvesPanel,
  cell: cellPanel,
  predictions: predictionsPanel,
  states: statesPanel,
} as const;

export type PanelId = keyof typeof panelTable;

/** What a panel can be asked to show. */
export type WantedOf<Id extends PanelId> = (typeof panelTable)[Id] extends PanelKind<infer Wanted> ? Wanted : never;
