import type { ExtensionContext } from 'vscode';

import type { Endings } from './experiments/runEndNotifier.ts';
import type { Experiments } from './experiments/experiments.ts';
import type { InlinePreview } from './inlinePreview/inlinePreview.ts';
import type { Log } from './log.ts';
import type { ModelServer } from './processes/modelServer.ts';
import type { CellPanels } from './panels/cell.ts';
import type { CurvesPanels } from './panels/curves.ts';
import type { PredictionsPanels } from './panels/predictions.ts';
import type { StatesPanels } from './panels/states.ts';
import type { Surprisal } from './surprisal/surprisal.ts';
import type { TrainerLauncher } from './processes/trainerLauncher.ts';
import type { WindowTies } from './processes/windowTies.ts';

/** What commands work with. */
export interface Extension {
  readonly context: ExtensionContext;
  readonly log: Log;
  readonly experiments: Experiments;
  readonly launcher: TrainerLauncher;
  readonly modelServer: ModelServer;
  readonly inlinePreview: InlinePreview;
  readonly surprisal: Surprisal;
  readonly curves: CurvesPanels;
  readonly cell: CellPanels;
  readonly predictions: PredictionsPanels;
  readonly states: StatesPanels;
  /** The runs that end with this window, where the user wants that. */
  readonly ties: WindowTies;
  readonly endings: Endings;
}
