import type { DiagramValues, Drawing } from './drawing.ts';

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
export const roomy = 560;
export const cardHeight = 62;

/** Where what a gated cell is drawn of lies from top to bottom: the belt, valves, cards, the wires of h and x. */
export const rows = { belt: 74, middle: 128, top: 176, h: 268, x: 288 } as const;

/** Where the columns of gates lie. */
export function columns(width: number, count: number) {
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

/** A name with its letter, or the letter alone where there is little room. */
export const long = (width: number, words: string, letter: string): string =>
  width >= roomy ? `${words} ${letter}` : letter;

/** A gate's card. @param symbol its function */
export function gate(d: Drawing, at: { x: number; top: number; card: number }, name: string, symbol: string): void {
  const box = { x: at.x - at.card / 2, y: at.top, width: at.card, height: cardHeight };
  // In a narrow card there is room for one of them.
  const isNarrow = at.card < 84;
  const title = isNarrow && name === 'candidate' ? 'cand.' : name;
  d.card(box, { title, symbol: isNarrow ? '' : symbol }, name, `${name}.before`);
}

/** What is read comes from below and goes to all gates. */
export function input(
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
