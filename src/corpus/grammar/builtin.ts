import { endOfSentence } from '../vocabulary.ts';
import type { SplitName } from '../splits.ts';
import type { TokenFacts } from './annotate.ts';
import { annotate } from './annotate.ts';
import type { Grammar } from './grammar.ts';
import { buildGrammar, parseRules } from './grammar.ts';
import { lexicalRules } from './lexicon.ts';
import { sentenceRules, variables } from './rules.ts';
import type { Sample } from './sampler.ts';
import { sentenceSampler } from './sampler.ts';

/** Where each split's random numbers start, and the tokens after which it ends with the sentence it is in. */
const plans: Record<SplitName, { seed: number; tokens: number }> = {
  train: { seed: 20_261, tokens: 200_000 },
  valid: { seed: 20_262, tokens: 10_000 },
  test: { seed: 20_263, tokens: 10_000 },
};

export interface BuiltinSplit {
  /** One sentence a line, words between spaces. */
  readonly text: string;
  /** -ln of the probability of all sentences together. */
  readonly nats: number;
}

/** A sentence of the built-in corpus with what the grammar knows about it. */
export interface BuiltinSentence {
  /** Its words, and `<eos>`. */
  readonly tokens: readonly string[];
  /** One entry a token. */
  readonly facts: readonly TokenFacts[];
  /** -ln of its probability. */
  readonly nats: number;
}

let cached: Grammar | undefined;

/** The grammar of the built-in corpus. */
export function builtinGrammar(): Grammar {
  cached ??= buildGrammar('Sentence', [...parseRules(sentenceRules, variables), ...lexicalRules()]);
  return cached;
}

function* samplesOf(split: SplitName): Generator<Sample> {
  const { seed, tokens } = plans[split];
  const draw = sentenceSampler(builtinGrammar(), seed);
  for (let made = 0; made < tokens;) {
    const sample = draw();
    made += sample.words.length + 1;
    yield sample;
  }
}

/** A split of the built-in corpus as text, the same bytes at each call and on each machine. */
export function builtinSplit(split: SplitName): BuiltinSplit {
  const lines: string[] = [];
  let nats = 0;
  for (const sample of samplesOf(split)) {
    lines.push(sample.words.join(' '));
    nats += sample.nats;
  }
  return { text: lines.join('\n') + '\n', nats };
}

/** The sentences of a split of the built-in corpus, in the order of its text, with facts about each token. */
export function builtinSentences(split: SplitName): BuiltinSentence[] {
  const grammar = builtinGrammar();
  return Array.from(samplesOf(split), ({ words, derivation, nats }) => ({
    tokens: [...words, endOfSentence],
    facts: annotate(grammar, derivation),
    nats,
  }));
}
