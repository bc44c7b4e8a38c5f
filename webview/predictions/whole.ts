import { grouped } from './words.ts';

/** Of a whole number, both included. */
export interface Limits {
  readonly min: number;
  readonly max: number;
}

/** @returns the number that is typed; undefined for what is none, no whole one, or beyond the limits */
export function wholeWithin(text: string, { min, max }: Limits): number | undefined {
  if (!/^\d+$/u.test(text.trim())) return undefined;
  const value = Number(text);
  return value >= min && value <= max ? value : undefined;
}

/** What is wanted instead of what is none. */
export function describeLimits({ min, max }: Limits): string {
  return `A whole number from ${grouped(min)} to ${grouped(max)}`;
}
