import { grouped } from './words.ts';

/** Of a whole number, both included. */
export interface Limits {
  readonly least: number;
  readonly most: number;
}

/** @returns the number that is typed; undefined for what is none, no whole one, or beyond the limits */
export function wholeWithin(text: string, { least, most }: Limits): number | undefined {
  if (!/^\d+$/u.test(text.trim())) return undefined;
  const value = Number(text);
  return value >= least && value <= most ? value : undefined;
}

/** What is wanted instead of what is none. */
export function wholeWords({ least, most }: Limits): string {
  return `A whole number from ${grouped(least)} to ${grouped(most)}`;
}
