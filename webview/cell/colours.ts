export { swatch } from '../shared/swatch.ts';
export type { Swatch } from '../shared/swatch.ts';

/** Of the lines of the chart, by cell: as the first runs of the loss curves, 3 : 1 and more to the background. */
export const cellColours = {
  dark: { rnn: '#fe571e', gru: '#28a56f', lstm: '#3ec0ff' },
  light: { rnn: '#dc3904', gru: '#007f5f', lstm: '#1f7fb8' },
} as const;
