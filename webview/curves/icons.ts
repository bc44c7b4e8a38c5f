import type { CurveRun } from '../../src/protocol/curves.ts';
import { drawing, strokeIcon } from '../shared/iconTemplate.ts';
import { svg } from '../shared/lit.ts';
import type { TemplateResult } from '../shared/lit.ts';
import type { Look, Marker } from './colours.ts';
import { validationDash } from './colours.ts';
import type { LayerLook } from './flowScene.ts';

/** See strokeIcon. */
const strokes = {
  zoomIn: 'M7 3.5a3.5 3.5 0 1 0 0 7a3.5 3.5 0 1 0 0-7M9.6 9.6L13.5 13.5M5.2 7H8.8M7 5.2V8.8',
  zoomOut: 'M7 3.5a3.5 3.5 0 1 0 0 7a3.5 3.5 0 1 0 0-7M9.6 9.6L13.5 13.5M5.2 7H8.8',
  reset: 'M3 6V3H6M10 3H13V6M13 10V13H10M6 13H3V10',
  left: 'M10 3.5L5.5 8L10 12.5',
  right: 'M6 3.5L10.5 8L6 12.5',
  close: 'M4 4L12 12M12 4L4 12',
  down: 'M4 6L8 10L12 6',
  running: 'M5 3.5L12 8L5 12.5Z',
  paused: 'M5.5 4V12M10.5 4V12',
  done: 'M3.5 8.5L6.5 11.5L12.5 4.5',
  stopped: 'M4.5 4.5H11.5V11.5H4.5Z',
  // A line that is broken off.
  interrupted: 'M2.5 8H5.5M10.5 8H13.5M7.5 4.5L5.5 11.5M10.5 4.5L8.5 11.5',
  failed: 'M4 4L12 12M12 4L4 12',
  diverged: 'M3 12C8 12 10 10 11 3.5M8.5 5.5L11 3.2L13 6',
  broken: 'M8 3.5V9M8 11.5V12.2',
} as const satisfies Record<string, string> & Record<CurveRun['state'], string>;

export function icon(name: keyof typeof strokes): TemplateResult {
  return strokeIcon(strokes[name]);
}

/** Markers about the point 14, 11.5. */
const markerShapes = {
  circle: 'M14 8.5a3 3 0 1 0 .01 0Z',
  square: 'M11 8.5H17V14.5H11Z',
  triangle: 'M14 7.8L17.5 14.2H10.5Z',
  diamond: 'M14 7.5L17.8 11.5L14 15.5L10.2 11.5Z',
} as const;

/** A run's colour. */
export function swatch(colour: string): TemplateResult {
  return drawing('icon', [0, 0, 10, 10], svg`<circle cx="5" cy="5" r="4" fill=${colour} />`);
}

/** A sample of a layer's line. */
export function layerSample({ dash, marker, filled }: LayerLook, colour = 'currentColor'): TemplateResult {
  return drawing('sample', [-10, 3, 48, 17], [line('M-10 11.5H38', colour, dash), point(marker, colour, filled)]);
}

/** A sample of a run's lines: training's above, validation's with its marker below. */
export function sample({ colour, dash, marker }: Look): TemplateResult {
  const lines = [line('M0 4H28', colour, dash), line('M0 11.5H28', colour, validationDash)];
  return drawing('sample', [0, 0, 28, 17], [...lines, point(marker, colour, false)]);
}

function line(path: string, colour: string, dash: readonly number[]): TemplateResult {
  return svg`<path d=${path} stroke=${colour} stroke-width="2" stroke-dasharray=${dash.join(' ') || 'none'} />`;
}

/** A marker that is not filled has the background's colour inside, by the style sheet. */
function point(marker: Marker, colour: string, filled: boolean): TemplateResult {
  return svg`<path
    d=${markerShapes[marker]}
    class=${filled ? '' : 'sample-marker'}
    fill=${colour}
    stroke=${colour}
    stroke-width="1.5"
  />`;
}
