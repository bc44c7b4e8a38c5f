import { beforeEach, describe, expect, it } from 'vitest';

import type { ModelFacts, ScoredToken } from '../../../src/protocol/inference.ts';
import type { Asked } from '../../../webview/predictions/lane.ts';
import { Lane } from '../../../webview/predictions/lane.ts';
import type { Choice } from '../../../webview/predictions/state.ts';

/** A question of the lane, which a test answers when it wants to. */
interface Question {
  readonly method: string;
  readonly params: { readonly ask?: { readonly text: string } };
  readonly settle: (result: unknown) => void;
  readonly fail: (words: string) => void;
}

const one: Choice = { key: '/runs/one', name: 'one', checkpoint: null };
const two: Choice = { key: '/runs/two', name: 'two', checkpoint: null };
const facts: ModelFacts = {
  checkpointStep: 4000,
  cell: 'lstm',
  direction: 'forward',
  layers: 2,
  hiddenSize: 200,
  vocabularySize: 10_000,
  unit: 'word',
  series: [],
};

function scores(perplexity: number): { answer: { tokens: ScoredToken[]; perplexity: number } } {
  return { answer: { tokens: [], perplexity } };
}

const nextWords = { answer: { next: [{ word: 'market', probability: 0.5 }], unknown: [], tokens: 1 } };

describe('a lane of the predictions', () => {
  let asked: Asked;
  let questions: Question[];
  let lane: Lane;

  beforeEach(() => {
    questions = [];
    asked = {
      text: 'the market',
      caret: 10,
      replacement: null,
      bars: 12,
      sampling: { temperature: 1, topK: 0, topP: 1, banUnknown: true },
    };
    lane = new Lane({
      number: 0,
      host: {
        request: ({ method }, params) =>
          new Promise((settle, refuse) => {
            const fail = (words: string): void => refuse(new Error(words));
            questions.push({ method, params, settle, fail } as Question);
          }),
        on: () => undefined,
        start: () => undefined,
        kept: () => undefined,
        keep: () => undefined,
      },
      asked: () => asked,
      changed: () => undefined,
    });
  });

  /** The next question of a kind, in the order in which they were asked. */
  const question = async (method: 'open' | 'next' | 'score'): Promise<Question> => {
    await expect.poll(() => questions.some((one) => one.method === `predictions/${method}`)).toBe(true);
    const [found] = questions.splice(
      questions.findIndex((one) => one.method === `predictions/${method}`),
      1,
    );
    return found!;
  };
  const opened = async (): Promise<void> => (await question('open')).settle(facts);
  const type = (text: string): void => {
    asked = { ...asked, text, caret: text.length };
    lane.askNext();
    lane.askScore();
  };
  /** Lets what has been answered be taken in. */
  const settled = (): Promise<void> => new Promise((settle) => setImmediate(settle));

  it('tells of a model, of the next words and of the scores of the text as they come', async () => {
    expect([lane.choice, lane.isLoading, lane.isReading]).toEqual([null, false, false]);
    lane.choose(one);
    expect([lane.choice, lane.isLoading, lane.isReading]).toEqual([one, true, false]);
    await opened();
    const [next, score] = [await question('next'), await question('score')];
    expect([lane.facts, lane.isLoading, lane.isReading, lane.isNextStale]).toEqual([facts, false, true, true]);
    next.settle(nextWords);
    score.settle(scores(7));
    await settled();
    expect(lane.next?.words).toEqual(nextWords.answer.next);
    expect([lane.scored?.perplexity, lane.isReading, lane.isNextStale]).toEqual([7, false, false]);
  });

  it('keeps what is on show when newer weights come, and asks anew', async () => {
    lane.choose(one);
    await opened();
    (await question('next')).settle(nextWords);
    (await question('score')).settle(scores(7));
    await settled();
    void lane.load();
    (await question('open')).settle({ ...facts, checkpointStep: 5000 });
    const [next, score] = [await question('next'), await question('score')];
    expect([lane.scored?.perplexity, lane.next?.words.length, lane.isNextStale]).toEqual([7, 1, true]);
    next.settle(nextWords);
    score.settle(scores(6));
    await settled();
    expect([lane.scored?.perplexity, lane.isNextStale]).toEqual([6, false]);
    // The same weights: nothing is asked.
    void lane.load();
    (await question('open')).settle({ ...facts, checkpointStep: 5000 });
    await settled();
    expect(questions).toEqual([]);
  });

  it('knows nothing of a model that was loaded when none is chosen any more', async () => {
    lane.choose(one);
    const open = await question('open');
    lane.choose(null);
    open.settle({ ...facts, direction: 'bidirectional' });
    await settled();
    expect([lane.choice, lane.facts, lane.isBidirectional, questions]).toEqual([null, undefined, false, []]);
  });

  it('takes no scores of the model that was chosen before, though text and step are the same', async () => {
    lane.choose(one);
    await opened();
    const late = await question('score');
    lane.choose(two);
    await opened();
    const score = await question('score');
    late.settle(scores(7));
    await settled();
    expect(lane.scored).toBeUndefined();
    score.settle(scores(9));
    await settled();
    expect(lane.scored?.perplexity).toBe(9);
  });

  it('says that the scores failed until they come, whatever became of the next word', async () => {
    lane.choose(one);
    await opened();
    (await question('score')).fail('no scores');
    (await question('next')).fail('no words');
    await settled();
    expect(lane.problem).toBe('no scores');
    asked = { ...asked, caret: 3 };
    lane.askNext();
    (await question('next')).settle(nextWords);
    await settled();
    expect([lane.next?.words.length, lane.problem, lane.isReading]).toEqual([1, 'no scores', false]);
    lane.askScore();
    (await question('score')).settle(scores(7));
    await settled();
    expect([lane.scored?.perplexity, lane.problem]).toEqual([7, undefined]);
  });

  it('says nothing of a text that failed when the one before it is there again', async () => {
    lane.choose(one);
    await opened();
    (await question('next')).settle(nextWords);
    (await question('score')).settle(scores(7));
    await settled();
    type('the market fell');
    (await question('next')).settle(nextWords);
    (await question('score')).fail('I am afraid');
    await settled();
    expect([lane.problem, lane.scored]).toEqual(['I am afraid', undefined]);
    type('the market');
    expect([lane.problem, lane.scored?.perplexity]).toEqual([undefined, 7]);
    // Its failure may come after the text has gone.
    type('the market fell');
    const score = await question('score');
    type('the market');
    score.fail('I am afraid');
    await settled();
    expect([lane.problem, lane.scored?.perplexity]).toEqual([undefined, 7]);
  });
});
