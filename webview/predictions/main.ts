import './style.css';

import { startPanel } from '../shared/startPanel.ts';
import { Model } from './model.ts';
import { View } from './view.ts';

// The next-word predictions panel.
startPanel(
  (host) => {
    const model = new Model(host);
    // The focus leaves the page before it is hidden.
    addEventListener('blur', () => model.keep());
    addEventListener('pagehide', () => model.keep());
    return model;
  },
  (root, model) => new View(root, model),
);
