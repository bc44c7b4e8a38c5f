/** Numbers as texts, and texts as numbers. */

/** No number of the explorer is larger: beyond it every gate is shut or open for good. */
export const maxMagnitude = 1000;

/** Three digits after the point: `−0.462`. Very large and very small ones with an exponent. */
export function shown(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? '–' : value > 0 ? '∞' : '−∞';
  if (Math.abs(value) >= 1e5) return typographic(value.toExponential(1));
  const text = value.toFixed(3);
  return typographic(text === '-0.000' ? '0.000' : text);
}

/** As short as it can be with four digits after the point, with an ASCII minus: what a field holds. */
export function editable(value: number): string {
  return String(Number(value.toFixed(4)) + 0);
}

/** A part of 1 with two digits: `0.31`, `4.1e−9`. */
export function part(value: number): string {
  if (!Number.isFinite(value)) return '–';
  if (value === 0) return '0';
  if (value >= 0.01 && value < 1000) return value.toPrecision(2);
  return typographic(value.toExponential(1));
}

const typographic = (text: string): string => text.replaceAll('-', '−').replace('e+', 'e');

/** A number as a person types it, with a comma or a point; undefined for what is none, or too large. */
export function parseNumber(text: string): number | undefined {
  const plain = text.trim().replace(/[−–]/gu, '-').replace(',', '.');
  if (!/^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/iu.test(plain)) return undefined;
  const value = Number(plain);
  return Math.abs(value) <= maxMagnitude ? value : undefined;
}

/**
 * A sequence as a person types it: numbers with blanks, commas or semicolons between them.
 * @returns the numbers; undefined where one of them is none, or there is none at all
 */
export function parseSequence(text: string): number[] | undefined {
  const words = text.split(/[\s,;]+/u).filter((word) => word !== '');
  const numbers = words.map(parseNumber);
  return numbers.length > 0 && numbers.every((value) => value !== undefined) ? numbers : undefined;
}

/** How fine a change by key or by mouse is. */
export type Pace = 'fine' | 'normal' | 'coarse';

const paces: Readonly<Record<Pace, number>> = { fine: 0.01, normal: 0.1, coarse: 1 };

/** A number some arrow keys further, on the grid of that pace's digits. */
export function stepped(value: number, by: number, pace: Pace): number {
  return bounded(value + by * paces[pace]);
}

/** A number dragged by some pixels: a hundredth each at the normal pace. */
export function dragged(value: number, pixels: number, pace: Pace): number {
  return bounded(value + pixels * paces[pace] * 0.1);
}

/** Without the dust that sums of decimal fractions gather. */
function bounded(value: number): number {
  return Number(Math.min(maxMagnitude, Math.max(-maxMagnitude, value)).toFixed(4));
}
