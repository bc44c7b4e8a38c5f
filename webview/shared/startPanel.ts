import type { Host } from './messenger.ts';
import { connectHost } from './messenger.ts';
import { onThemeChange } from './theme.ts';
import { registerToolkit } from './toolkit.ts';

/** What a panel's model does for every panel. */
interface PanelModel {
  /** Asks the host for everything anew: what it told a page that was hidden is lost. */
  refresh(): Promise<void>;
}

/** What a panel's view does for every panel. */
interface PanelView {
  /** Draws everything again: colours are others, or the page is on show again. */
  redraw(): void;
}

/** Starts a panel in its page, which has an element `root` and nothing else. */
export function startPanel<Model extends PanelModel>(
  makeModel: (host: Host) => Model,
  makeView: (root: HTMLElement, model: Model) => PanelView,
): void {
  const root = document.getElementById('root');
  if (root === null) throw new Error('the page has no element with the id root');
  registerToolkit();
  const model = makeModel(connectHost());
  const view = makeView(root, model);
  onThemeChange(() => view.redraw());
  document.addEventListener('visibilitychange', () => {
    if (document.hidden) return;
    view.redraw();
    void model.refresh();
  });
  void model.refresh();
}
