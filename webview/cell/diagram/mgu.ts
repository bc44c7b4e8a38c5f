import { Drawing } from './drawing.ts';
import { cardHeight, columns, gate, input, long, rows } from './parts.ts';
import type { DiagramOptions } from './parts.ts';

/** The minimal gated unit: the state is the belt, and one gate does everything. */
export function mgu({ width, names, values }: DiagramOptions): Drawing {
  const d = new Drawing({ width, height: 352 }, values);
  const { card, at, out } = columns(width, 2);
  const [forget, candidate] = [at(0), at(1)] as const;
  const { belt, middle, top, h, x } = rows;
  const between = Math.round((forget + candidate) / 2);
  d.belt(`M4 ${belt}H${width - 4}`);
  // The state goes to the gate too, and through it to the candidate.
  d.junction(9, belt);
  d.wire(`M9 ${belt}V${h}H${candidate - 8}V${top + cardHeight}`, true);
  d.junction(forget - 8, h);
  d.wire(`M${forget - 8} ${h}V${top + cardHeight}`, true);
  input(d, { from: forget, gates: [forget, candidate], top, x }, names, width);
  d.wire(`M${forget} ${top}V${belt + 14}`, true);
  d.junction(forget, middle);
  d.wire(`M${forget} ${middle}H${candidate - 14}`, true);
  d.junction(forget, 156);
  d.wire(`M${forget} 156H${between}V${h - 14}`, true);
  d.pill(forget, 108, '1 −');
  d.wire(`M${candidate} ${top}V${belt + 12}`, true);
  d.valve({ x: forget, y: belt, flow: 'right' }, 'forget', { dx: 18, dy: 24 }, (open) => 1 - open);
  d.valve({ x: candidate, y: middle, flow: 'up' }, 'forget', { dx: 18, dy: 5 });
  d.valve({ x: between, y: h, flow: 'right' }, 'forget', { dx: 18, dy: -8 });
  d.joint(candidate, belt, '+');
  gate(d, { x: forget, top, card }, 'forget', 'σ');
  gate(d, { x: candidate, top, card }, 'candidate', 'tanh');
  d.plate({ x: 8, y: 6 }, long(width, 'hidden state', `h(${names.before})`), 'h.last');
  d.plate({ x: width - 8, y: 6 }, long(width, 'hidden state', `h(${names.now})`), 'h', 'end');
  if (values.output !== undefined) {
    d.junction(out, belt);
    d.wire(`M${out} ${belt}V300`, true);
    d.plate({ x: out + 26, y: 300 }, 'output', 'y', 'end');
  }
  return d;
}
