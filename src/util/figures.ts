/** A figure to two digits, in groups of three: `7,900`. A measurement of a second or two is no better. */
export function twoDigits(value: number): string {
  return Number(value.toPrecision(2)).toLocaleString('en-US');
}
