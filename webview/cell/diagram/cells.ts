import type { CellName } from '../network.ts';
import { Drawing } from './drawing.ts';
import type { DiagramValues } from './drawing.ts';

/** What a diagram is made for. */
export interface DiagramOptions {
  /** In CSS pixels. */
  readonly width: number;
  readonly names: DiagramNames;
  readonly values: DiagramValues;
}

/** What the wires are called. */
export interface DiagramNames {
  /** `x(t)`, or the layer below. */
  readonly input: string;
  /** `t`, of the step that is looked at. */
  readonly now: string;
  /** `t−1`, or `t+1` where the text is read backward. */
  readonly before: string;
}

/** Least width at which wires have names of more than a letter. */
const roomy = 560;
const cardHeight = 62;

/** Each cell as it is commonly drawn: the state along the top, gates below it, what is read from below. */
export const diagrams: { readonly [C in CellName]: (options: DiagramOptions) => Drawing } = { rnn, gru, lstm };

/** Where the columns of gates lie. */
function columns(width: number, count: number) {
  const last = width >= roomy ? 110 : 58;
  const each = (width - last - 12) / count;
  const card = Math.min(136, each - 8);
  return {
    card,
    /** The middle of a column. */
    at: (index: number): number => Math.round(12 + each * (index + 0.5)),
    /** The middle of the column at the right in which the output lies. */
    out: Math.round(width - last / 2 - 4),
  };
}

const long = (width: number, words: string, letter: string): string => (width >= roomy ? `${words} ${letter}` : letter);

/** The plain cell: a sum, and tanh. */
function rnn({ width, names, values }: DiagramOptions): Drawing {
  const d = new Drawing({ width, height: 232 }, values);
  const side = width >= roomy ? 120 : 62;
  const gap = width >= roomy ? 28 : 20;
  // At most what its heading and its formula need side by side.
  const card = Math.min(236, (width - 2 * side - gap) / 2);
  const [first, second] = [side, width - side - card] as const;
  const [line, top] = [129, 98] as const;
  const out = width - side / 2;
  d.wire(`M6 ${line}H${first}`, true);
  d.wire(`M${first + card} ${line}H${second}`, true);
  d.wire(`M${second + card} ${line}H${width - 4}`, true);
  d.card(
    { x: first, y: top, width: card, height: cardHeight },
    { title: card >= 190 ? 'before activation' : 'before', symbol: 'x·W+h·U+b' },
    'candidate.before',
  );
  d.card({ x: second, y: top, width: card, height: cardHeight }, { title: 'state', symbol: 'tanh' }, 'candidate');
  d.wire(`M${first + card / 2} 222V${top + cardHeight}`, true);
  d.plate({ x: 8, y: line + 6 }, long(width, 'hidden state', `h(${names.before})`), 'h.last');
  d.plate({ x: first + card / 2 + 10, y: 176 }, long(width, 'input', names.input), 'x');
  d.plate({ x: width - 8, y: line + 6 }, long(width, 'hidden state', `h(${names.now})`), 'h', 'end');
  if (values.output !== undefined) {
    d.junction(out, line);
    d.wire(`M${out} ${line}V58`, true);
    const wide = Math.min(width >= roomy ? 110 : 96, card);
    d.card({ x: width - wide - 4, y: 8, width: wide, height: 48 }, { title: 'output', symbol: 'h·V+b' }, 'y');
  }
  return d;
}

/** The gated recurrent unit: the state is the belt. */
function gru({ width, names, values }: DiagramOptions): Drawing {
  const d = new Drawing({ width, height: 352 }, values);
  const { card, at, out } = columns(width, 3);
  const [update, reset, candidate] = [at(0), at(1), at(2)] as const;
  const [belt, middle, top, h, x] = [74, 128, 176, 268, 288] as const;
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

/** Long short-term memory: the cell state is the belt, and the output is what the last gate lets through of it. */
function lstm({ width, names, values }: DiagramOptions): Drawing {
  const d = new Drawing({ width, height: 352 }, values);
  const { card, at, out } = columns(width, 4);
  const [forget, enter, candidate, leave] = [at(0), at(1), at(2), at(3)] as const;
  const [belt, middle, top, h, x] = [74, 128, 176, 268, 288] as const;
  d.belt(`M4 ${belt}H${width - 4}`);
  d.wire(`M4 ${h}H${leave - 8}V${top + cardHeight}`, true);
  for (const gate of [forget, enter, candidate]) {
    d.junction(gate - 8, h);
    d.wire(`M${gate - 8} ${h}V${top + cardHeight}`, true);
  }
  input(d, { from: forget, gates: [forget, enter, candidate, leave], top, x }, names, width);
  d.wire(`M${forget} ${top}V${belt + 14}`, true);
  d.wire(`M${enter} ${top}V${middle}H${candidate - 14}`, true);
  d.wire(`M${candidate} ${top}V${belt + 12}`, true);
  d.wire(`M${leave} ${top}V154H${out - 14}`, true);
  d.junction(out, belt);
  d.wire(`M${out} ${belt}V${h}H${width - 4}`, true);
  d.pill(out, 108, 'tanh');
  d.valve({ x: forget, y: belt, flow: 'right' }, 'forget', { dx: 18, dy: 24 });
  d.valve({ x: candidate, y: middle, flow: 'up' }, 'input', { dx: 18, dy: 5 });
  d.valve({ x: out, y: 154, flow: 'down' }, 'output', { dx: 5, dy: 30 });
  d.joint(candidate, belt, '+');
  gate(d, { x: forget, top, card }, 'forget', 'σ');
  gate(d, { x: enter, top, card }, 'input', 'σ');
  gate(d, { x: candidate, top, card }, 'candidate', 'tanh');
  gate(d, { x: leave, top, card }, 'output', 'σ');
  d.plate({ x: 8, y: 6 }, long(width, 'cell state', `c(${names.before})`), 'c.last');
  d.plate({ x: width - 8, y: 6 }, long(width, 'cell state', `c(${names.now})`), 'c', 'end');
  d.plate({ x: 8, y: 298 }, long(width, 'hidden state', `h(${names.before})`), 'h.last');
  d.plate({ x: width - 8, y: 298 }, long(width, 'hidden state', `h(${names.now})`), 'h', 'end');
  if (values.output !== undefined)
    d.plate({ x: leave + (width >= roomy ? 20 : 8), y: 298 }, width >= roomy ? 'output h·V+b' : 'output', 'y', 'end');
  return d;
}

function gate(d: Drawing, at: { x: number; top: number; card: number }, name: string, symbol: string): void {
  const box = { x: at.x - at.card / 2, y: at.top, width: at.card, height: cardHeight };
  // In a narrow card there is room for one of them.
  const isNarrow = at.card < 84;
  const title = isNarrow && name === 'candidate' ? 'cand.' : name;
  d.card(box, { title, symbol: isNarrow ? '' : symbol }, name, `${name}.before`);
}

/** What is read comes from below and goes to all gates. */
function input(
  d: Drawing,
  at: { from: number; gates: readonly number[]; top: number; x: number },
  names: DiagramNames,
  width: number,
): void {
  const { from, gates, top, x } = at;
  const last = gates.at(-1) ?? from;
  const enter = from + 8 + Math.round((last - from) * 0.18);
  d.wire(`M${enter} 346V${x}`);
  d.junction(enter, x);
  d.wire(`M${from + 8} ${top + cardHeight}V${x}H${last + 8}V${top + cardHeight + 2}`, true);
  for (const gate of gates.slice(1, -1)) d.junction(gate + 8, x);
  for (const gate of gates.slice(0, -1)) d.wire(`M${gate + 8} ${x}V${top + cardHeight}`, true);
  d.plate({ x: enter + 8, y: 298 }, long(width, 'input', names.input), 'x');
}
