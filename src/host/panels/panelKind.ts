import type { ExtensionContext } from 'vscode';

import type { Asked, PanelNews } from '../../protocol/panel.ts';
import type { Experiments } from '../experiments/experiments.ts';
import type { Log } from '../log.ts';
import type { ModelServer } from '../processes/modelServer.ts';
import type { OpenPanel } from './openPanel.ts';

/** What the contents of panels work with. */
export interface PanelParts {
  readonly context: ExtensionContext;
  readonly experiments: Experiments;
  readonly modelServer: ModelServer;
  readonly log: Log;
}

/** A kind of panel: a row of the table. */
export interface PanelKind<Wanted extends object> {
  readonly title: string;
  /** In `media`, for a light and a dark theme: `panel` for panel-light.svg and panel-dark.svg. */
  readonly icon: string;
  /** Of the page's files: `cell` for cell.js and cell.css. */
  readonly page: string;
  /** Tells the page that the user asked to see something. */
  readonly show: PanelNews<Asked<Wanted>>;
  /** Answers the page of a panel that was opened or restored. What it holds it gives to the panel. */
  readonly fill: (panel: OpenPanel<Wanted>, parts: PanelParts) => void;
}
