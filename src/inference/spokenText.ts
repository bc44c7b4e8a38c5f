import { endOfSentence } from '../corpus/vocabulary.ts';
import type { LoadedModel } from './loadedModel.ts';

/** Words appended to a text, one after the other. */
export class SpokenText {
  constructor(
    private before: string,
    private readonly model: LoadedModel,
  ) {}

  /** @returns what the word adds to the text */
  append(word: string): string {
    const { unit } = this.model.configuration.corpus;
    const blank = unit === 'character' || this.before === '' || /\s$/u.test(this.before) ? '' : ' ';
    const piece = word === endOfSentence ? '\n' : `${blank}${word}`;
    this.before = (this.before + piece).slice(-1000);
    return piece;
  }
}
