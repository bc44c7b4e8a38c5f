import { describe, expect, it } from 'vitest';

import { BlockScores, blocksOf, DocumentBlocks, levelOf } from '../../../../src/host/surprisal/surprisalBlocks.ts';
import type { ScoredToken } from '../../../../src/protocol/inference.ts';

describe('the blocks of a document', () => {
  it('are its paragraphs', () => {
    expect(blocksOf('\n one\ntwo \n\n \t\nthree\r\n\r\n')).toEqual([
      { start: 2, text: 'one\ntwo \n' },
      { start: 15, text: 'three\r\n' },
    ]);
    expect(blocksOf('')).toEqual([]);
    expect(blocksOf(' \n\n')).toEqual([]);
  });

  it.each([
    ['lines', 'the company says it\n'.repeat(2000)],
    ['one endless line', 'word '.repeat(10_000)],
    ['one endless word', 'x'.repeat(50_000)],
  ])('are bounded, and all of a long text of %s', (_, text) => {
    const blocks = blocksOf(text);
    expect(blocks.map((block) => block.text).join('')).toBe(text);
    for (const block of blocks) {
      expect(block.text.length).toBeLessThanOrEqual(8000);
      expect(text.slice(block.start, block.start + block.text.length)).toBe(block.text);
    }
  });

  it('before a change and in other paragraphs stay as they are', () => {
    const text = 'one line of it\n'.repeat(600);
    const before = blocksOf(`${text}\n${text}`);
    const after = blocksOf(`${text}\n${text.slice(0, 5000)}!${text.slice(5000)}`);
    const changed = after.filter((block) => !before.some((one) => one.text === block.text));
    expect(before.length).toBe(6);
    expect(changed.length).toBeLessThanOrEqual(2);
  });

  it('are found in linear time', () => {
    const start = performance.now();
    blocksOf('word '.repeat(500_000) + ' \n'.repeat(200_000) + '\t'.repeat(1 << 20));
    // Quadratic time would be minutes.
    expect(performance.now() - start).toBeLessThan(5000);
  });
});

it('steps of the scale are those of 12 bits', () => {
  expect([0, 1.1, 1.3, 3.5, 6, 9, 10.9, 12, 40].map(levelOf)).toEqual([0, 0, 1, 1, 3, 4, 5, 5, 5]);
});

describe('scores', () => {
  const token: ScoredToken = {
    ...{ token: 'a', readAs: 'a', known: true, start: 0, end: 1 },
    ...{ probability: 0.5, bits: 1, rank: 1, alternatives: [] },
  };

  it('are asked for once a text', async () => {
    const asked: string[] = [];
    const scores = new BlockScores((text) => {
      asked.push(text);
      return Promise.resolve([token]);
    });
    const left: number[] = [];
    const options = { signal: new AbortController().signal, onScored: (count: number) => left.push(count) };
    await scores.add(['one', 'two', 'one'], options);
    await scores.add(['two', 'three'], options);
    expect(asked).toEqual(['one', 'two', 'three']);
    expect(left).toEqual([1, 0, 0]);
    expect(scores.of('two')).toEqual([token]);
    expect(scores.of('four')).toBeUndefined();
  });

  it('are not asked for any more once they are not wanted', async () => {
    const aborting = new AbortController();
    const asked: string[] = [];
    const scores = new BlockScores((text) => {
      asked.push(text);
      aborting.abort();
      return Promise.reject(new Error('stopped'));
    });
    await scores.add(['one', 'two'], { signal: aborting.signal, onScored: () => expect.fail('none is scored') });
    expect(asked).toEqual(['one']);
  });

  it('fail with the reason', async () => {
    const scores = new BlockScores(() => Promise.reject(new Error('no engine')));
    const options = { signal: new AbortController().signal, onScored: () => undefined };
    await expect(scores.add(['one'], options)).rejects.toThrow('no engine');
  });

  it('are forgotten, those that were wanted least lately first, when they are many; what is on show never', async () => {
    const scores = new BlockScores((text) => Promise.resolve(Array.from({ length: text.length }, () => token)));
    const options = { signal: new AbortController().signal, onScored: () => undefined };
    const page = (name: string): string => name.repeat(20_000);
    for (const name of ['a', 'b', 'c']) await scores.add([page(name)], options);
    await scores.add([page('a'), page('d')], options);
    expect(['a', 'b', 'c', 'd'].map((name) => scores.of(page(name))?.length)).toEqual([
      20_000,
      undefined,
      20_000,
      20_000,
    ]);
    const all = ['a', 'b', 'c', 'd', 'e'].map(page);
    await scores.add(all, options);
    expect(all.map((text) => scores.of(text)?.length)).toEqual([20_000, 20_000, 20_000, 20_000, 20_000]);
    await scores.add(['one'], options);
    // Those that were known came before those that were asked for.
    expect(all.map((text) => scores.of(text)?.length)).toEqual([undefined, 20_000, undefined, undefined, 20_000]);
  });
});

it('a document is divided again only when it has changed', () => {
  let text = 'one paragraph\n\nanother';
  let reads = 0;
  const document = {
    version: 1,
    getText: () => {
      reads++;
      return text;
    },
  };
  const blocks = new DocumentBlocks(document);
  for (let hover = 0; hover < 10; hover++) expect(blocks.all()).toHaveLength(2);
  expect(reads).toBe(1);
  text += '\n\na third';
  document.version++;
  expect(blocks.all()).toHaveLength(3);
  expect(reads).toBe(2);
});
