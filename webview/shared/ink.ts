/** Black or white, whichever can be read on a colour given as its channels from 0 to 255. */
export function inkOn(red: number, green: number, blue: number): '#000000' | '#ffffff' {
  return luminance(red, green, blue) > 0.18 ? '#000000' : '#ffffff';
}

/** Relative luminance as in WCAG 2; at 0.18 black and white have the same contrast. */
export function luminance(...channels: readonly number[]): number {
  const [red = 0, green = 0, blue = 0] = channels.map((channel) => {
    const part = channel / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
