import { mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mkdtempSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';

import { configurationSchema } from '../../../src/config/schema.ts';
import type { ConfigurationInput } from '../../../src/config/schema.ts';
import { loadCorpus } from '../../../src/corpus/corpus.ts';
import { createEngine } from '../../../src/engine/index.ts';
import { cellOfRun } from '../../../src/inference/cellOfRun.ts';
import { bestPlaces } from '../../../src/inference/contexts.ts';
import { correlationsOf } from '../../../src/inference/correlations.ts';
import { cut, scanCorpus } from '../../../src/inference/corpusScan.ts';
import { findContexts, followers, unitReport } from '../../../src/inference/corpusStates.ts';
import { LoadedModel } from '../../../src/inference/loadedModel.ts';
import { statesOfText } from '../../../src/inference/states.ts';
import { inference } from '../../../src/protocol/inference.ts';
import type { Series } from '../../../src/protocol/inference.ts';
import { saveCheckpoint } from '../../../src/runs/checkpoints.ts';
import { createRun } from '../../../src/runs/store.ts';
import { initialParameters } from '../../../src/training/parameters.ts';
import { describeCorpus } from '../../../src/trainedModel/runCorpus.ts';
import { FileError } from '../../../src/util/errors.ts';
import { newRun } from '../runs/fixtures.ts';

const folder = mkdtempSync(join(tmpdir(), 'sequence-lab-states-'));
afterAll(() => rm(folder, { recursive: true, force: true }));

const engine = await createEngine({ name: 'auto', device: 'cpu', threads: 1 });
const small = { cell: 'lstm', layers: 2, hiddenSize: 6, initScale: 1 } as const;

/** A model with weights from a seed, over a corpus. */
async function modelOf(input: ConfigurationInput): Promise<LoadedModel> {
  const configuration = configurationSchema.parse(input);
  const corpus = await loadCorpus(configuration.corpus);
  const { vocabulary } = corpus;
  const described = describeCorpus(configuration, corpus);
  const store = await createRun(newRun(folder, { configuration, corpus: described, vocabulary: vocabulary.toJSON() }));
  const parameters = initialParameters(configuration.model, vocabulary.size, 5);
  const tensors = [...parameters].map(([name, { shape, data }]) => ({ name, shape: [...shape], data }));
  await saveCheckpoint(store.folder, { step: 1, tensors, progress: {} });
  await store.close();
  return LoadedModel.load({ folder: store.folder }, { engine });
}

const forward = (layer: number, name: string): Series => ({ reading: 'forward', layer, name });
const backward = (layer: number, name: string): Series => ({ reading: 'backward', layer, name });

/** Texts of their own, a folder each. */
async function corpusFolder(name: string, valid: string): Promise<string> {
  const path = join(folder, name);
  await mkdir(path);
  for (const split of ['train', 'valid', 'test']) await writeFile(join(path, `${split}.txt`), valid);
  return path;
}

describe('a scan of the corpus', () => {
  it('has what the states of a text have: in the first stream, in a later one, forwards and backwards', async () => {
    const model = await modelOf({ model: { ...small, direction: 'bidirectional' } });
    // A sentence in the midst of the text, where a stream begins: found by its cut.
    const first = await scanCorpus(model, { series: forward(1, 'c'), split: 'valid' });
    const { ids, units } = first;
    expect(first.scanned).toEqual({ tokens: ids.length, of: ids.length });
    const streams = cut(ids, model.vocabulary.endOfSentenceId);
    expect(streams).toHaveLength(16);
    const textOf = (from: number, to: number) =>
      Array.from(ids.subarray(from, to), (id) => model.vocabulary.words[id])
        .join(' ')
        .replaceAll(' <eos> ', '\n')
        .replace(' <eos>', '\n');
    for (const { from, to } of [streams[0]!, streams[7]!]) {
      for (const series of [forward(1, 'c'), forward(0, 'forget'), backward(1, 'h'), backward(0, 'candidate')]) {
        const scan = await scanCorpus(model, { series, split: 'valid' });
        const { tokens, values } = await statesOfText(model, { text: textOf(from, to), series: [series] });
        expect(tokens).toHaveLength(to - from);
        const part = scan.values.subarray(from * units, to * units);
        let worst = 0;
        part.forEach((value, index) => (worst = Math.max(worst, Math.abs(value - (values[0]?.[index] ?? NaN)))));
        // Other batch sizes sum in another order.
        expect(worst).toBeLessThan(1e-5);
      }
    }
    await model.dispose();
  });

  it('is made once for a series, and ends when it is cancelled', async () => {
    const model = await modelOf({ model: small });
    const asked = { series: forward(0, 'h'), split: 'valid' } as const;
    const fractions: number[] = [];
    const scan = await scanCorpus(model, asked, { onProgress: (fraction) => fractions.push(fraction) });
    expect(fractions.at(-1)).toBe(1);
    expect(fractions).toEqual([...fractions].sort((a, b) => a - b));
    expect(await scanCorpus(model, asked)).toBe(scan);
    const stopped = new AbortController();
    const work = followers(
      model,
      { series: forward(1, 'h'), split: 'valid', most: 5 },
      { signal: stopped.signal, onProgress: () => stopped.abort(new Error('enough')) },
    );
    await expect(work).rejects.toThrow('enough');
    await model.dispose();
  });

  it('is made once for two who ask at once, and goes on when one of them goes', async () => {
    const model = await modelOf({ model: small });
    const asked = { series: forward(0, 'h'), split: 'valid' } as const;
    const [first, second] = await Promise.all([scanCorpus(model, asked), scanCorpus(model, asked)]);
    expect(second).toBe(first);

    const other = { series: forward(1, 'h'), split: 'valid' } as const;
    const stops = [new AbortController(), new AbortController()] as const;
    const fractions: number[] = [];
    const gone = scanCorpus(model, other, {
      signal: stops[0].signal,
      onProgress: () => stops[0].abort(new Error('enough')),
    });
    const stays = scanCorpus(model, other, { onProgress: (fraction) => fractions.push(fraction) });
    await expect(gone).rejects.toThrow('enough');
    expect((await stays).values).toHaveLength(first.values.length);
    expect(fractions.at(-1)).toBe(1);

    // When both have gone it stops, and who comes then has it made anew.
    const third = { series: forward(1, 'c'), split: 'valid' } as const;
    let news = 0;
    const works = stops
      .map(() => new AbortController())
      .map((stop, index) =>
        scanCorpus(model, third, {
          signal: stop.signal,
          onProgress: () => {
            news++;
            stop.abort(new Error(`enough ${index}`));
          },
        }),
      );
    const settled = Promise.allSettled(works);
    await expect(works[0]).rejects.toThrow('enough 0');
    const anew = scanCorpus(model, third);
    expect(await settled).toMatchObject([{ reason: { message: 'enough 0' } }, { reason: { message: 'enough 1' } }]);
    expect(news).toBe(2);
    expect((await anew).scanned).toEqual(first.scanned);
    await model.dispose();
  });

  it('says what is missing where the corpus is gone, the split empty, or the network without such a thing', async () => {
    const path = await corpusFolder('gone', 'a b\nb a\n');
    const model = await modelOf({ model: small, corpus: { kind: 'folder', path } });
    const asked = { series: forward(0, 'h'), split: 'valid', most: 5 } as const;
    await expect(followers(model, { ...asked, series: forward(2, 'h') })).rejects.toThrow(/no layer 2/);
    await expect(unitReport(model, { ...asked, unit: 6 })).rejects.toThrow(/no unit 6/);
    await rm(path, { recursive: true });
    const error: unknown = await followers(model, asked).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(FileError);
    expect(String(error)).toMatch(/corpus of this run cannot be read: .*gone.*Move the corpus back/);
    // Put back, it is read: the failure is not kept.
    await mkdir(path);
    for (const split of ['train', 'valid', 'test']) await writeFile(join(path, `${split}.txt`), 'a b\nb a\n');
    expect((await followers(model, asked)).scanned).toEqual({ tokens: 6, of: 6 });
    await model.dispose();
  });
});

describe('what a unit likes', () => {
  it('is told with its strongest places and correlations, as the protocol has it', async () => {
    const model = await modelOf({ model: small });
    const asked = { series: forward(1, 'h'), split: 'valid', unit: 2, most: 4 } as const;
    const report = inference.unitReport.result.parse(await unitReport(model, asked));
    const { values, units } = await scanCorpus(model, asked);
    const own = values.filter((_, index) => index % units === 2);
    expect(report.highest[0]?.score).toBe(Math.max(...own));
    expect(report.lowest[0]?.score).toBe(Math.min(...own));
    expect(report.highest.map(({ score }) => score)).toEqual(
      report.highest.map(({ score }) => score).sort((a, b) => b - a),
    );
    const [a, b] = report.highest.map(({ position }) => position);
    expect(Math.abs((a ?? NaN) - (b ?? NaN))).toBeGreaterThanOrEqual(8);
    expect(report.mean).toBeCloseTo(own.reduce((sum, value) => sum + value, 0) / own.length, 6);
    expect(report.correlations.map(({ feature }) => feature).sort()).toEqual(
      [
        'clauseDepth',
        'frequency',
        'grammarQuotation',
        'number',
        'position',
        'quotation',
        'sentenceEnd',
        'subjectNumber',
        'verbDue',
        'verbNumber',
        'wordLength',
      ].sort(),
    );
    const strengths = report.correlations.map(({ correlation }) => Math.abs(correlation));
    expect(strengths).toEqual([...strengths].sort((x, y) => y - x));
    await model.dispose();
  });

  it('and who follows what agree with each other', async () => {
    const model = await modelOf({ model: small });
    const series = forward(0, 'c');
    const found = inference.followers.result.parse(await followers(model, { series, split: 'test', most: 3 }));
    for (const { feature, units } of found.features) {
      expect(units).toHaveLength(3);
      const [best] = units;
      const report = await unitReport(model, { series, split: 'test', unit: best?.unit ?? -1, most: 1 });
      const told = report.correlations.find((one) => one.feature === feature)?.correlation ?? NaN;
      expect(told).toBeCloseTo(best?.correlation ?? NaN, 10);
    }
    await model.dispose();
  });

  it('can be asked of characters', async () => {
    const path = await corpusFolder('characters', 'He said "a (b) 12".\nNo.\n'.repeat(20));
    const model = await modelOf({ model: small, corpus: { kind: 'folder', path, unit: 'character' } });
    const report = await unitReport(model, { series: forward(0, 'h'), split: 'valid', unit: 0, most: 1 });
    expect(report.correlations.map(({ feature }) => feature).sort()).toEqual(
      ['brackets', 'frequency', 'number', 'position', 'quotation', 'sentenceEnd', 'wordLength'].sort(),
    );
    await expect(cellOfRun(model, { sentence: '' })).rejects.toThrow('The sentence has no characters');
    await model.dispose();
  });
});

describe('correlations', () => {
  it('are Pearson’s over the tokens at which the feature is known; none of a unit that never moves', async () => {
    // Units: the feature itself far from zero, its opposite with a constant, still, and one that follows by half.
    const feature = [1, 0, 1, NaN, 0, 0];
    const units = feature.map((value) =>
      [1000 + value, 3 - 2 * value, 0.1, 0].map((one) => (Number.isNaN(one) ? 500 : one)),
    );
    units.forEach((row, token) => (row[3] = [1, 1, 0, 9, 0, 0][token] ?? NaN));
    const scan = {
      ids: new Uint16Array(6),
      units: 4,
      values: Float32Array.from(units.flat()),
      scanned: { tokens: 6, of: 6 },
    };
    const [row] = await correlationsOf(scan, [{ name: 'number', values: Float32Array.from(feature) }]);
    expect(row?.[0]).toBeCloseTo(1, 10);
    expect(row?.[1]).toBeCloseTo(-1, 10);
    expect(row?.[2]).toBeNaN();
    // By hand: n = 5, Σxy = 1, Σx = 2, Σy = 2, Σx² = 2, Σy² = 2: (5 − 4) / (10 − 4).
    expect(row?.[3]).toBeCloseTo(1 / 6, 10);
  });
});

describe('places', () => {
  it('are the best first, and none is near a better one', () => {
    const values = [1, 9, 8, 2, 7, 0, 9];
    const order = (a: number, b: number) => (values[b] ?? 0) - (values[a] ?? 0);
    expect(bestPlaces(7, { order, most: 3, distance: 2 })).toEqual([1, 6, 4]);
    expect(bestPlaces(7, { order, most: 10, distance: 1 })).toEqual([1, 6, 2, 4, 3, 0, 5]);
    expect(bestPlaces(0, { order, most: 3 })).toEqual([]);
  });

  it('of a long text are those of a full sort', () => {
    const values = Array.from({ length: 5000 }, (_, place) => (place * 7919) % 101);
    for (const [distance, most] of [
      [1, 7],
      [8, 20],
      [30, 50],
    ] as const)
      for (const sign of [1, -1]) {
        const order = (a: number, b: number) => sign * ((values[b] ?? NaN) - (values[a] ?? NaN));
        const all = [...values.keys()].sort((a, b) => order(a, b) || a - b);
        const expected: number[] = [];
        for (const place of all)
          if (expected.every((better) => Math.abs(better - place) >= distance)) expected.push(place);
        expect(bestPlaces(5000, { order, most, distance })).toEqual(expected.slice(0, most));
      }
  });

  it('at which the same units are on are found as one would by hand', async () => {
    const model = await modelOf({ model: small });
    const series = forward(1, 'h');
    const { values, units, ids } = await scanCorpus(model, { series, split: 'valid' });
    const pattern = [
      { unit: 1, sign: 1 },
      { unit: 4, sign: -1 },
    ] as const;
    const [threshold, length] = [0.1, 2];
    const asked = { series, split: 'valid', units: pattern, threshold, length, most: 20 } as const;
    const { contexts } = inference.findContexts.result.parse(await findContexts(model, asked));
    expect(contexts.length).toBe(20);
    const valueAt = (token: number, unit: number) => values[token * units + unit] ?? NaN;
    const fitAt = (position: number) => {
      const isOn = (unit: number, sign: number) =>
        [0, 1].every((step) => valueAt(position + step, unit) * sign >= Math.fround(threshold));
      const on = pattern.filter(({ unit, sign }) => isOn(unit, sign)).length;
      const others = [0, 2, 3, 5].filter((unit) => isOn(unit, 1) || isOn(unit, -1)).length;
      return { score: on / 2, others };
    };
    const all = Array.from({ length: ids.length - 1 }, (_, position) => ({ position, ...fitAt(position) }));
    all.sort((a, b) => b.score - a.score || a.others - b.others || a.position - b.position);
    expect(contexts[0]).toMatchObject({ position: all[0]?.position, score: all[0]?.score });
    for (const { position, score, span, before } of contexts) {
      expect(score).toBe(fitAt(position).score);
      expect(span).toEqual([...ids.subarray(position, position + 2)].map((id) => model.vocabulary.words[id]));
      expect(before).toHaveLength(Math.min(12, position));
    }
    const never = { ...asked, threshold: 2 };
    expect((await findContexts(model, never)).contexts).toEqual([]);
    await model.dispose();
  });
});
