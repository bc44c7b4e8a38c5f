import { Drawing } from './drawing.ts';
import { stateNames } from './lstm.ts';
import { cardHeight, columns, gate, input, rows } from './parts.ts';
import type { DiagramOptions } from './parts.ts';

/** An LSTM with one gate for what is forgotten and, turned around, for what is taken in. */
export function coupledLstm(options: DiagramOptions): Drawing {
  const { width, names, values } = options;
  const d = new Drawing({ width, height: 352 }, values);
  const { card, at, out } = columns(width, 3);
  const [forget, candidate, leave] = [at(0), at(1), at(2)] as const;
  const { belt, middle, top, h, x } = rows;
  d.belt(`M4 ${belt}H${width - 4}`);
  d.wire(`M4 ${h}H${leave - 8}V${top + cardHeight}`, true);
  for (const place of [forget, candidate]) {
    d.junction(place - 8, h);
    d.wire(`M${place - 8} ${h}V${top + cardHeight}`, true);
  }
  input(d, { from: forget, gates: [forget, candidate, leave], top, x }, names, width);
  d.wire(`M${forget} ${top}V${belt + 14}`, true);
  d.junction(forget, middle);
  d.wire(`M${forget} ${middle}H${candidate - 14}`, true);
  d.pill(Math.round((forget + candidate) / 2), middle, '1 −');
  d.wire(`M${candidate} ${top}V${belt + 12}`, true);
  d.wire(`M${leave} ${top}V154H${out - 14}`, true);
  d.junction(out, belt);
  d.wire(`M${out} ${belt}V${h}H${width - 4}`, true);
  d.pill(out, 108, 'tanh');
  d.valve({ x: forget, y: belt, flow: 'right' }, 'forget', { dx: 18, dy: 24 });
  d.valve({ x: candidate, y: middle, flow: 'up' }, 'forget', { dx: 18, dy: 5 }, (open) => 1 - open);
  d.valve({ x: out, y: 154, flow: 'down' }, 'output', { dx: 5, dy: 30 });
  d.joint(candidate, belt, '+');
  gate(d, { x: forget, top, card }, 'forget', 'σ');
  gate(d, { x: candidate, top, card }, 'candidate', 'tanh');
  gate(d, { x: leave, top, card }, 'output', 'σ');
  stateNames(d, options, leave);
  return d;
}
