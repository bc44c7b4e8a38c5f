import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

import { builtinSplit } from '../../../src/corpus/grammar/builtin.ts';
import { endOfSentence, unknownWord, Vocabulary } from '../../../src/corpus/vocabulary.ts';

/** The Penn Treebank corpus, where it is. */
export const ptbFolder = process.env['SEQLAB_PTB'] ?? resolve(import.meta.dirname, '../../../../shared/data/ptb');

/** A vocabulary of these words, `<eos>` and `<unk>`. @param counts 1 for each word that is left out */
export function vocabularyOf(words: string, counts: Readonly<Record<string, number>>): Vocabulary {
  const all = [...new Set([...words.split(/\s+/), endOfSentence, unknownWord])];
  return new Vocabulary(
    all,
    all.map((word) => counts[word] ?? 1),
  );
}

/** All tokens of a text, a line an `<eos>`, with their counts. */
function vocabularyOfText(text: string): Vocabulary {
  const counts = new Map<string, number>([[unknownWord, 0]]);
  for (const word of text.replaceAll('\n', ` ${endOfSentence} `).split(/\s+/))
    if (word !== '') counts.set(word, (counts.get(word) ?? 0) + 1);
  return new Vocabulary([...counts.keys()], [...counts.values()]);
}

export const builtinVocabulary = vocabularyOfText(builtinSplit('train').text);

let ptb: Vocabulary | undefined;

/** Read when it is asked for: the corpus is not everywhere. */
export function ptbVocabulary(): Vocabulary {
  ptb ??= vocabularyOfText(readFileSync(resolve(ptbFolder, 'ptb.train.txt'), 'utf8'));
  return ptb;
}
