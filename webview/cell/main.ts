import './style.css';

import { startPanel } from '../shared/startPanel.ts';
import { Model } from './model.ts';
import { View } from './view.ts';

// The cell explorer panel.
startPanel(
  (host) => new Model(host),
  (root, model) => new View(root, model),
);
