/** The built-in corpus in figures, for estimates that must not write it first: different words, and tokens to train on. */
export const builtinSizes = { vocabulary: 665, trainTokens: 200_011 } as const;
