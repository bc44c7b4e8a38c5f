/** A run, and which of its weights. */
interface Chosen {
  readonly key: string;
  readonly checkpoint?: string | number | null | undefined;
}

/**
 * Another first of two that are compared. What would be compared with itself changes places with it: the comparison stays.
 */
export function withFirst<C extends Chosen>(
  before: { readonly first: C | null; readonly second: C | null },
  first: C | null,
): { first: C | null; second: C | null } {
  const { second } = before;
  const isSame =
    first !== null && first.key === second?.key && (first.checkpoint ?? null) === (second.checkpoint ?? null);
  return { first, second: isSame ? before.first : second };
}
