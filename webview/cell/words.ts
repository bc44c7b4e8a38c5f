import type { Reading } from '../../src/model/network.ts';
import { cellOf } from './network.ts';
import type { CellName, NetworkShape } from './network.ts';

/** What things are called, in one place. */

export const cellTitles: Readonly<Record<CellName, string>> = { rnn: 'Plain (RNN)', gru: 'GRU', lstm: 'LSTM' };

/** In a sentence. */
export const cellWords: Readonly<Record<CellName, string>> = {
  rnn: 'the plain cell',
  gru: 'the GRU',
  lstm: 'the LSTM',
};

/** `layer 2, backward`; nothing where there is but one. */
export function layerWords(
  place: { layer: number; reading: Reading },
  shape: { layers: number; direction: string },
): string {
  const parts = [
    ...(shape.layers > 1 ? [`layer ${place.layer + 1}`] : []),
    ...(shape.direction === 'bidirectional' ? [`read ${place.reading}`] : []),
  ];
  return parts.join(', ');
}

/** A title, and which layer it is about where there are several. */
export function layerTitle(title: string, place: { layer: number; reading: Reading }, shape: NetworkShape): string {
  const layer = layerWords(place, shape);
  return layer === '' ? title : `${title}, ${layer}`;
}

/** Which way a layer reads, behind its name; nothing where all read forward. */
export function directionArrow({ direction }: Pick<NetworkShape, 'direction'>, reading: Reading): string {
  if (direction === 'forward') return '';
  return reading === 'forward' ? ' →' : ' ←';
}

/** `Forget gate`; a candidate is no gate. */
export function gateTitle(gate: string): string {
  return gate === 'candidate' ? 'Candidate' : `${capital(gate)} gate`;
}

/** What is shown of each unit at each step, in the order in which it is computed: a name of the values, and a heading. */
export function quantities(cell: CellName): { source: string; title: string }[] {
  if (cell === 'rnn') {
    return [
      { source: 'candidate.before', title: 'Before activation' },
      { source: 'h', title: 'Hidden state h' },
    ];
  }
  const { gates, states } = cellOf(cell);
  const ofGates = gates.flatMap((gate) => [
    { source: `${gate}.before`, title: `${capital(gate)}, before activation` },
    { source: gate, title: gateTitle(gate) },
  ]);
  const ofStates = [...states].reverse().map((state) => ({
    source: state,
    title: state === 'c' ? 'Cell state c' : 'Hidden state h',
  }));
  return [...ofGates, ...ofStates];
}

export function capital(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}
