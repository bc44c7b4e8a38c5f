import type { ExtensionContext } from 'vscode';

import type { RunEndNotifier } from './experiments/runEndNotifier.ts';
import type { Experiments } from './experiments/experiments.ts';
import type { InlinePreview } from './inlinePreview/inlinePreview.ts';
import type { Log } from './log.ts';
import type { ModelServer } from './processes/modelServer.ts';
import type { Panels } from './panels/panels.ts';
import type { Surprisal } from './surprisal/surprisal.ts';
import type { TrainerLauncher } from './processes/trainerLauncher.ts';
import type { WindowTies } from './processes/windowTies.ts';

/** What commands work with; each names the parts that it takes. */
export interface Extension {
  readonly context: ExtensionContext;
  readonly log: Log;
  readonly experiments: Experiments;
  readonly launcher: TrainerLauncher;
  readonly modelServer: ModelServer;
  readonly inlinePreview: InlinePreview;
  readonly surprisal: Surprisal;
  readonly panels: Panels;
  /** The runs that end with this window, where the user wants that. */
  readonly ties: WindowTies;
  readonly runEndNotifier: RunEndNotifier;
}

/** What goes on with a run and shows it. */
export type RunResuming = Pick<Extension, 'experiments' | 'launcher' | 'log' | 'panels' | 'runEndNotifier' | 'ties'>;
/** What starts a new run and shows it. */
export type RunStarting = RunResuming & Pick<Extension, 'context'>;
