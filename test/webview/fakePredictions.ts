import type { Learning, PredictionRun } from '../../src/protocol/predictions.ts';

/**
 * A model server's answers without one: every figure is made of the words by a hash, so that the same text has the same
 * figures, and another word changes those of the words after it.
 */
export interface PredictionsScenario {
  readonly runs: readonly PredictionRun[];
  readonly asked?: { number: number; key?: string; text?: string };
  readonly direction?: 'forward' | 'bidirectional';
  /** Models of these runs are refused with these words. */
  readonly refused?: Readonly<Record<string, string>>;
  /** A word that no model answers to. */
  readonly feared?: string;
  readonly learning?: Learning;
  /** Until a text is scored, in ms. */
  readonly scoreTime?: number;
  /** Between two words that are written, in ms. */
  readonly pace?: number;
}

interface Ask {
  model: { folder: string; checkpoint?: number | string };
  text: string;
  after?: string;
  top: number;
  sampling: { temperature: number; topK: number; banUnknown: boolean };
}

const vocabulary =
  'the a of in company said market shares rose fell it he they <unk> <eos> stocks prices year would buy back new york'.split(
    ' ',
  );

/** From 0 to 1. */
function hash(text: string): number {
  let value = 2_166_136_261;
  for (const letter of text) value = Math.imul(value ^ (letter.codePointAt(0) ?? 0), 16_777_619) >>> 0;
  value = Math.imul(value ^ (value >>> 15), 2_246_822_519) >>> 0;
  return ((value ^ (value >>> 13)) >>> 0) / 2 ** 32;
}

/** The last word of a text; asked for at each word of a long one, it looks at no more of it than that. */
function previous(text: string): string {
  const end = text.trimEnd();
  let start = end.length;
  while (start > 0 && !/\s/u.test(end[start - 1] ?? '')) start -= 1;
  return end.slice(start).toLowerCase();
}

function likely({ model, text, after = '', top, sampling }: Ask) {
  const { temperature, topK, banUnknown } = sampling;
  const key = `${model.folder}${model.checkpoint ?? ''} ${previous(text)} ${after}`;
  const scores = vocabulary
    .filter((word) => !(banUnknown && word === '<unk>'))
    .map((word) => ({ word, score: (8 * hash(`${key} ${word}`) ** 2) / Math.max(0.05, temperature) }))
    .sort((a, b) => b.score - a.score)
    .slice(0, topK === 0 ? undefined : topK);
  const total = scores.reduce((sum, { score }) => sum + Math.exp(score), 0);
  return scores.slice(0, top).map(({ word, score }) => ({ word, probability: Math.exp(score) / total }));
}

function tokensOf({ model, text, top }: Ask) {
  const found = [...text.matchAll(/\n|[^\s]+/gu)];
  const sampling = { temperature: 1, topK: 0, banUnknown: false };
  return found.map((match, index) => {
    const before = [found[index - 2]?.[0], found[index - 1]?.[0]].join(' ');
    const token = match[0] === '\n' ? '<eos>' : match[0];
    const known = vocabulary.includes(token.toLowerCase());
    const probability = 2 ** -(14 * hash(`${model.folder} ${before} ${token}`) ** 1.5);
    return {
      token,
      readAs: known ? token.toLowerCase() : '<unk>',
      known,
      start: match.index,
      end: match.index + match[0].length,
      probability,
      bits: -Math.log2(probability),
      rank: 1 + Math.floor(0.3 / probability),
      alternatives: top === 0 ? [] : likely({ model, text: text.slice(0, match.index), top, sampling }),
    };
  });
}

interface Message {
  method: string;
  params: Record<string, unknown>;
}

/** @returns answers messages of the panel; undefined for those that are not of it */
export function predictionsHost(
  scenario: PredictionsScenario,
  news: (method: string, params: unknown) => void,
): (message: Message) => unknown {
  let writing = 0;
  const refuse = (folder: string): void => {
    const words = scenario.refused?.[folder];
    if (words !== undefined) throw new Error(words);
  };
  const write = async (params: Record<string, unknown>): Promise<unknown> => {
    const { number, prompt, words, seed, model } = params as unknown as Ask & {
      number: number;
      prompt: string;
      words: number;
      seed: number;
    };
    refuse(model.folder);
    writing = number;
    const written: string[] = [];
    for (let index = 0; index < words && writing === number; index++) {
      const word = vocabulary[Math.floor(hash(`${seed} ${prompt.length} ${index}`) * 13)] ?? '';
      written.push(word);
      news('predictions/words', { number, text: ` ${word}` });
      await new Promise((done) => setTimeout(done, scenario.pace ?? 0));
    }
    return { words: written, text: written.map((word) => ` ${word}`).join('') };
  };
  const answers: Record<string, (params: Record<string, unknown>) => unknown> = {
    'predictions/runs': () => ({ runs: scenario.runs, ...(scenario.asked ? { asked: scenario.asked } : {}) }),
    'predictions/weights': ({ key }) => ({ key, newest: [4000, 3000], best: 3000 }),
    'predictions/open': ({ model }) => {
      const { folder, checkpoint } = model as Ask['model'];
      refuse(folder);
      return {
        checkpointStep: typeof checkpoint === 'number' ? checkpoint : 4000,
        cell: 'lstm',
        direction: scenario.direction ?? 'forward',
        layers: 2,
        hiddenSize: 200,
        vocabularySize: vocabulary.length,
        unit: 'word',
        series: ['h', 'c'],
      };
    },
    'predictions/next': ({ ask }) => {
      if (scenario.feared !== undefined && (ask as Ask).text.includes(scenario.feared)) throw new Error('I am afraid');
      const next = likely(ask as Ask);
      return { answer: { next, unknown: [], tokens: 1 } };
    },
    'predictions/score': async ({ ask }) => {
      await new Promise((done) => setTimeout(done, scenario.scoreTime ?? 0));
      const tokens = tokensOf(ask as Ask);
      const mean = tokens.reduce((sum, { bits }) => sum + bits, 0) / tokens.length;
      return { answer: { tokens, perplexity: tokens.length === 0 ? null : 2 ** mean } };
    },
    'predictions/write': write,
    'predictions/stop': () => void (writing = 0),
    'predictions/watch': () => {
      for (const { key } of scenario.runs)
        news('predictions/weightsChanged', { key, newest: [4000, 3000], best: 3000 });
    },
    'predictions/learning': () => scenario.learning ?? { tokens: [], probes: [], samples: [] },
  };
  return ({ method, params }) => answers[method]?.(params);
}
