/**
 * Asks again and again until there is an answer.
 *
 * @param probe undefined, null and false mean: not yet
 * @throws Error that says what was waited for
 */
export async function until<T>(
  probe: () => T | Promise<T>,
  { what, milliseconds = 15_000, every = 50 }: { what: string; milliseconds?: number; every?: number },
): Promise<Exclude<T, undefined | null | false>> {
  for (const end = Date.now() + milliseconds; ;) {
    const answer = await probe();
    if (answer !== undefined && answer !== null && answer !== false)
      return answer as Exclude<T, undefined | null | false>;
    if (Date.now() > end) throw new Error(`waited ${milliseconds} ms for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, every));
  }
}

/** A text as a pattern that matches it and nothing else. */
export function literally(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
