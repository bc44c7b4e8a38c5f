import { cellKinds, stateTitles } from '../../src/config/cells.ts';
import type { CellId } from '../../src/config/cells.ts';
import type { Reading } from '../../src/model/network.ts';
import type { NetworkShape } from './network.ts';

/** What things are called, in one place. */

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
export function quantities(cell: CellId): { source: string; title: string }[] {
  const kind = cellKinds[cell];
  const gates = Object.entries(kind.gates);
  const ofGates = gates.flatMap(([gate, { becomes }]) => [
    {
      source: `${gate}.before`,
      title: gates.length === 1 ? 'Before activation' : `${capital(gate)}, before activation`,
    },
    ...(becomes === undefined ? [{ source: gate, title: gateTitle(gate) }] : []),
  ]);
  const ofStates = [...kind.states].reverse().map((state) => ({ source: state, title: stateTitles[state] }));
  return [...ofGates, ...ofStates];
}

export function capital(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}
