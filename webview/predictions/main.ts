import './style.css';

import { connectHost } from '../shared/messenger.ts';
import { onThemeChange } from '../shared/theme.ts';
import { registerToolkit } from '../shared/toolkit.ts';
import { Model } from './model.ts';
import { View } from './view.ts';

/** The next-word predictions panel: its page has an element `root` and nothing else. */
function start(root: HTMLElement): void {
  registerToolkit();
  const model = new Model(connectHost());
  const view = new View(root, model);
  onThemeChange(() => view.draw());
  // The focus leaves the page before it is hidden.
  addEventListener('blur', () => model.keep());
  addEventListener('pagehide', () => model.keep());
  document.addEventListener('visibilitychange', () => {
    if (document.hidden) return;
    view.draw();
    void model.refresh();
  });
}

const root = document.getElementById('root');
if (root === null) throw new Error('the page has no element with the id root');
start(root);
