import { setImmediate as turn } from 'node:timers/promises';

import { noWriting } from '../protocol/inference.ts';
import type { Sampling } from '../protocol/inference.ts';
import { candidates, draw } from '../trainedModel/sampling.ts';
import { ConfigurationError } from '../util/errors.ts';
import type { LoadedModel } from './loadedModel.ts';
import { bannedOf, idsOf, tokensOf, wordOf } from './nextWords.ts';
import { isWritable, ProseWriter } from './writing.ts';

/** Of a long text the writer needs the end alone. */
const rememberedCharacters = 2000;

export interface Generated {
  words: string[];
  /** What is appended to the prompt, spaced as prose. */
  text: string;
}

/**
 * Draws words after a prompt, one after the other. The same seed draws the same words.
 *
 * @param signal ends it early: what was drawn so far is the result
 * @throws ConfigurationError for a bidirectional model, whose every word would be drawn as the last one of its sentence;
 *   the reason of `signal` when it aborts before the prompt is read
 */
export async function generate(
  model: LoadedModel,
  request: { prompt: string; words: number; sampling: Sampling; seed: number },
  { signal, onWords }: { signal?: AbortSignal | undefined; onWords?: ((news: Generated) => void) | undefined } = {},
): Promise<Generated> {
  const { prompt, words: count, sampling, seed } = request;
  const { reader, vocabulary } = model;
  if (model.isBidirectional) throw new ConfigurationError(noWriting);
  const end = vocabulary.endOfSentenceId;
  const banned = bannedOf(model, sampling);
  const sorted = sampling.topK > 0 || sampling.topP < 1;
  let states = await model.statesAfter([end, ...idsOf(tokensOf(model, prompt))], { signal });
  const write = writerAfter(model, prompt);
  const words: string[] = [];
  let text = '';
  while (words.length < count && signal?.aborted !== true) {
    const { probabilities } = await reader.predict([model.outputOf(states)]);
    const id = draw(candidates(probabilities, sampling, { banned, sorted }), seed, words.length);
    for await (const chunk of reader.read([id], { states })) states = chunk.statesAfter(0);
    const word = wordOf(model, id);
    const piece = write(word);
    words.push(word);
    text += piece;
    onWords?.({ words: [word], text: piece });
    // A request to end it is heard between two words.
    await turn();
  }
  return { words, text };
}

/** Writes words behind a text as prose. A stand-in for words that nobody knows is written as the corpus has it. */
function writerAfter(model: LoadedModel, text: string): (word: string) => string {
  const { vocabulary } = model;
  const { unit } = model.configuration.corpus;
  let before = text;
  let writer = new ProseWriter({ before, unit, vocabulary });
  return (word) => {
    if (isWritable(word, unit)) {
      const piece = writer.append(word);
      before = (before + piece).slice(-rememberedCharacters);
      return piece;
    }
    const piece = before === '' || /\s$/u.test(before) ? word : ` ${word}`;
    before = (before + piece).slice(-rememberedCharacters);
    writer = new ProseWriter({ before, unit, vocabulary });
    return piece;
  };
}
