import { Drawing } from './drawing.ts';
import { cardHeight, columns, gate, input, long, roomy, rows } from './parts.ts';
import type { DiagramOptions } from './parts.ts';

/** Where the parts of an LSTM lie from left to right. */
export interface LstmPlaces {
  readonly forget: number;
  /** The input gate. */
  readonly enter: number;
  readonly candidate: number;
  /** The output gate. */
  readonly leave: number;
  readonly out: number;
}

/** Long short-term memory: the cell state is the belt, and the output is what the last gate lets through of it. */
export function lstm(options: DiagramOptions): Drawing {
  return drawLstm(options, {});
}

/** An LSTM of four gates. @param variant what another cell draws besides, and how it names the functions of its gates */
export function drawLstm(
  options: DiagramOptions,
  variant: {
    symbols?: { sigmoid: string; tanh: string };
    /** How far down the tanh of the output lies. */
    tanhAt?: number;
    extra?: (d: Drawing, places: LstmPlaces) => void;
  },
): Drawing {
  const { width, names, values } = options;
  const { symbols = { sigmoid: 'σ', tanh: 'tanh' }, tanhAt = 108, extra } = variant;
  const d = new Drawing({ width, height: 352 }, values);
  const { card, at, out } = columns(width, 4);
  const [forget, enter, candidate, leave] = [at(0), at(1), at(2), at(3)] as const;
  const { belt, middle, top, h, x } = rows;
  d.belt(`M4 ${belt}H${width - 4}`);
  d.wire(`M4 ${h}H${leave - 8}V${top + cardHeight}`, true);
  for (const place of [forget, enter, candidate]) {
    d.junction(place - 8, h);
    d.wire(`M${place - 8} ${h}V${top + cardHeight}`, true);
  }
  input(d, { from: forget, gates: [forget, enter, candidate, leave], top, x }, names, width);
  d.wire(`M${forget} ${top}V${belt + 14}`, true);
  d.wire(`M${enter} ${top}V${middle}H${candidate - 14}`, true);
  d.wire(`M${candidate} ${top}V${belt + 12}`, true);
  d.wire(`M${leave} ${top}V154H${out - 14}`, true);
  d.junction(out, belt);
  d.wire(`M${out} ${belt}V${h}H${width - 4}`, true);
  extra?.(d, { forget, enter, candidate, leave, out });
  d.pill(out, tanhAt, 'tanh');
  d.valve({ x: forget, y: belt, flow: 'right' }, 'forget', { dx: 18, dy: 24 });
  d.valve({ x: candidate, y: middle, flow: 'up' }, 'input', { dx: 18, dy: 5 });
  d.valve({ x: out, y: 154, flow: 'down' }, 'output', { dx: 5, dy: 30 });
  d.joint(candidate, belt, '+');
  gate(d, { x: forget, top, card }, 'forget', symbols.sigmoid);
  gate(d, { x: enter, top, card }, 'input', symbols.sigmoid);
  gate(d, { x: candidate, top, card }, 'candidate', symbols.tanh);
  gate(d, { x: leave, top, card }, 'output', symbols.sigmoid);
  stateNames(d, options, leave);
  return d;
}

/** What the wires of an LSTM's states and its output are called. @param leave where its output gate lies */
export function stateNames(d: Drawing, { width, names, values }: DiagramOptions, leave: number): void {
  d.plate({ x: 8, y: 6 }, long(width, 'cell state', `c(${names.before})`), 'c.last');
  d.plate({ x: width - 8, y: 6 }, long(width, 'cell state', `c(${names.now})`), 'c', 'end');
  d.plate({ x: 8, y: 298 }, long(width, 'hidden state', `h(${names.before})`), 'h.last');
  d.plate({ x: width - 8, y: 298 }, long(width, 'hidden state', `h(${names.now})`), 'h', 'end');
  if (values.output !== undefined)
    d.plate({ x: leave + (width >= roomy ? 20 : 8), y: 298 }, width >= roomy ? 'output h·V+b' : 'output', 'y', 'end');
}
