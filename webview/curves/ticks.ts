import type { AxisName } from './runData.ts';
import type { Range } from './viewport.ts';

/** Steps between ticks that people read with ease, in seconds: up to a day, then days. */
const clockSteps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400];

/** Round values in a range, at most about `count`; not closer than `least`. */
export function linearTicks([from, to]: Range, count: number, least = 0): number[] {
  const rough = (to - from) / Math.max(count, 1);
  const power = 10 ** Math.floor(Math.log10(rough));
  const factor = [1, 2, 5, 10].find((candidate) => candidate * power >= rough * 0.999) ?? 10;
  return multiples([from, to], Math.max(factor * power, least));
}

/** Ticks of an x axis. Steps are whole; time has the steps of a clock. */
export function axisTicks(axis: AxisName, range: Range, count: number): number[] {
  if (axis !== 'seconds') return linearTicks(range, count, axis === 'step' ? 1 : 0);
  const rough = (range[1] - range[0]) / Math.max(count, 1);
  const step = clockSteps.find((candidate) => candidate >= rough);
  if (rough < 0.5) return linearTicks(range, count);
  return multiples(range, step ?? Math.ceil(rough / 86400) * 86400);
}

/**
 * Ticks of a logarithmic axis, as values: the finest of these that has at most `count`: 1 to 9, 1 2 3 5, 1 2 5, 1 3,
 * powers of ten, every second power and so on. A range that is too short for them has linear ticks.
 *
 * @param range in values, above 0
 */
export function logTicks(range: Range, count: number): number[] {
  const [from, to] = range;
  const most = Math.max(count, 2);
  const low = Math.floor(Math.log10(from));
  const high = Math.ceil(Math.log10(to));
  for (const digits of [[1, 2, 3, 4, 5, 6, 7, 8, 9], [1, 2, 3, 5], [1, 2, 5], [1, 3], [1]]) {
    const ticks = powers(low, high, 1)
      .flatMap((power) => digits.map((digit) => digit * power))
      .filter((tick) => tick >= from && tick <= to);
    if (ticks.length > most) continue;
    return ticks.length >= 3 || to / from > 20 ? ticks : linearTicks(range, most);
  }
  for (let every = 2; ; every += 1) {
    const ticks = powers(low, high, every).filter((tick) => tick >= from && tick <= to);
    if (ticks.length <= most) return ticks;
  }
}

/** A figure in few characters: 4 digits at most, thousands by commas, tiny and huge ones by powers. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? '–' : value > 0 ? '∞' : '−∞';
  const size = Math.abs(value);
  if (value === 0) return '0';
  if (size < 1e-4 || size >= 1e7) return value.toExponential(2).replace('e+', 'e');
  if (size >= 1000) return Math.round(value).toLocaleString('en-US');
  return String(Number(value.toPrecision(4)));
}

/** What stands at ticks: with as many decimals as tell them apart, thousands as k where all are. */
export function tickWords(ticks: readonly number[]): string[] {
  const sizes = ticks.map(Math.abs).filter((size) => size > 0);
  const largest = Math.max(...sizes, 0);
  const gap = Math.min(...ticks.slice(1).map((tick, index) => Math.abs(tick - (ticks[index] as number))));
  if (largest >= 1e6 && gap >= 1e4) return ticks.map((tick) => unit(tick, 1e6, 'M'));
  if (largest >= 1e4 && gap >= 10 && sizes.every((size) => size >= 1000 || size % 100 === 0))
    return ticks.map((tick) => (Math.abs(tick) < 1000 ? String(tick) : unit(tick, 1e3, 'k')));
  if (largest > 0 && largest < 1e-3) return ticks.map((tick) => (tick === 0 ? '0' : plain(tick.toExponential(2))));
  return ticks.map((tick) => String(Number(tick.toPrecision(6))));
}

/** Ticks of an x axis in words. */
export function axisWords(axis: AxisName, ticks: readonly number[]): string[] {
  if (axis !== 'seconds') return tickWords(ticks);
  return ticks.map((tick) => exactTime(tick));
}

/**
 * A place on an axis of time, to the two largest units: `0.25 s`, `1 min 30 s`, `1 h 30 min`. Parts that are 0 at the end
 * are left out. `describeDuration` rounds to minutes, so that ticks 15 s apart would be called the same.
 */
export function exactTime(seconds: number): string {
  if (!Number.isFinite(seconds)) return '–';
  if (seconds < 60) return `${Number(seconds.toFixed(seconds % 1 === 0 || seconds >= 10 ? 0 : 2))} s`;
  const whole = Math.round(seconds);
  const parts: [number, string][] = [
    [Math.floor(whole / 86400), 'd'],
    [Math.floor(whole / 3600) % 24, 'h'],
    [Math.floor(whole / 60) % 60, 'min'],
    [whole % 60, 's'],
  ];
  const first = parts.findIndex(([count]) => count > 0);
  return parts
    .slice(first, first + 2)
    .filter(([count]) => count > 0)
    .map(([count, name]) => `${count} ${name}`)
    .join(' ');
}

function multiples([from, to]: Range, step: number): number[] {
  const ticks: number[] = [];
  const first = Math.ceil(from / step - 1e-9);
  // Multiplied and rounded, not added up: 0.1 + 0.2 is no tick.
  for (let index = first; index * step <= to + step * 1e-9; index += 1)
    ticks.push(Number((index * step).toPrecision(12)));
  return ticks;
}

function powers(low: number, high: number, every: number): number[] {
  const made: number[] = [];
  for (let power = Math.floor(low / every) * every; power <= high; power += every) made.push(Number(`1e${power}`));
  return made;
}

function unit(value: number, size: number, name: string): string {
  return value === 0 ? '0' : `${Number((value / size).toPrecision(6))}${name}`;
}

function plain(words: string): string {
  return words.replace(/\.?0+e/, 'e');
}
