import leven from 'leven';

/** How a name is compared: without case, dashes, underscores and blanks, so that `learning_rate` is `learningRate`. */
function plain(name: string): string {
  return name.toLowerCase().replace(/[-_\s]/g, '');
}

/**
 * How far a name is from a candidate: 0 for the same letters; undefined where they are too far apart for a slip of the
 * pen (more than a third of the letters differ).
 */
export function slipDistance(name: string, candidate: string): number | undefined {
  const [a, b] = [plain(name), plain(candidate)];
  const most = Math.max(1, Math.floor(Math.max(a.length, b.length) / 3));
  const distance = leven(a, b, { maxDistance: most + 1 });
  return distance <= most ? distance : undefined;
}

/** The candidate that was probably meant by `name`, or undefined where none is near. The first of equals wins. */
export function nearest(name: string, candidates: readonly string[]): string | undefined {
  let best: { candidate: string; distance: number } | undefined;
  for (const candidate of candidates) {
    const distance = slipDistance(name, candidate);
    if (distance !== undefined && (best === undefined || distance < best.distance)) best = { candidate, distance };
  }
  return best?.candidate;
}
