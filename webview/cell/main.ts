import './style.css';

import { connectHost } from '../shared/messenger.ts';
import { onThemeChange } from '../shared/theme.ts';
import { registerToolkit } from '../shared/toolkit.ts';
import { Model } from './model.ts';
import { View } from './view.ts';

/** The cell explorer panel: its page has an element `root` and nothing else. */
function start(root: HTMLElement): void {
  registerToolkit();
  const view = new View(root, new Model(connectHost()));
  onThemeChange(() => view.draw());
  document.addEventListener('visibilitychange', () => view.draw());
}

const root = document.getElementById('root');
if (root === null) throw new Error('the page has no element with the id root');
start(root);
