/** See packageContents.mjs. */
export const withoutRuntime: readonly string[];
export function contentProblems(paths: readonly string[], target: string): string[];
