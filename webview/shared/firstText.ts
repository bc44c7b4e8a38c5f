/**
 * What a run is shown with at first: the built-in grammar knows its words, and so does the Penn Treebank. The subject is
 * plural, with two singular nouns between it and its verb: a unit that holds the number has to hold it over them.
 */
export const firstText = 'the analysts who met the director of the bank are nervous';
