import { Drawing } from './drawing.ts';
import { cardHeight, columns, gate, input, long, rows } from './parts.ts';
import type { DiagramOptions } from './parts.ts';

/** The gated recurrent unit: the state is the belt. */
export function gru({ width, names, values }: DiagramOptions): Drawing {
  const d = new Drawing({ width, height: 352 }, values);
  const { card, at, out } = columns(width, 3);
  const [update, reset, candidate] = [at(0), at(1), at(2)] as const;
  const { belt, middle, top, h, x } = rows;
  const between = Math.round((reset + candidate) / 2);
  d.belt(`M4 ${belt}H${width - 4}`);
  // The state goes to the gates too.
  d.junction(9, belt);
  d.wire(`M9 ${belt}V${h}H${candidate - 8}V${top + cardHeight}`, true);
  for (const gate of [update, reset]) {
    d.junction(gate - 8, h);
    d.wire(`M${gate - 8} ${h}V${top + cardHeight}`, true);
  }
  input(d, { from: update, gates: [update, reset, candidate], top, x }, names, width);
  d.wire(`M${update} ${top}V${belt + 14}`, true);
  d.junction(update, middle);
  d.wire(`M${update} ${middle}H${candidate - 14}`, true);
  d.pill(reset, middle, '1 −');
  d.wire(`M${reset} ${top}V156H${between}V${h - 14}`, true);
  d.wire(`M${candidate} ${top}V${belt + 12}`, true);
  d.valve({ x: update, y: belt, flow: 'right' }, 'update', { dx: 18, dy: 24 });
  d.valve({ x: candidate, y: middle, flow: 'up' }, 'update', { dx: 18, dy: 5 }, (gate) => 1 - gate);
  d.valve({ x: between, y: h, flow: 'right' }, 'reset', { dx: 18, dy: -8 });
  d.joint(candidate, belt, '+');
  gate(d, { x: update, top, card }, 'update', 'σ');
  gate(d, { x: reset, top, card }, 'reset', 'σ');
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
