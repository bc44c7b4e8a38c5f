import { Drawing } from './drawing.ts';
import { cardHeight, long, roomy } from './parts.ts';
import type { DiagramOptions } from './parts.ts';

/** The plain cell: a sum, and tanh. */
export function rnn({ width, names, values }: DiagramOptions): Drawing {
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
