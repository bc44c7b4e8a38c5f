import { describe, expect, it } from 'vitest';

import { csvHeader, csvPieces, textCell } from '../../../src/formats/curvesCsv.ts';
import { Columns } from '../../../webview/curves/columns.ts';
import { moveX, resetZoom, selectX, selectY, zoomX } from '../../../webview/curves/navigation.ts';
import { referencesOf, referenceWords } from '../../../webview/curves/references.ts';
import { RunData } from '../../../webview/curves/runData.ts';
import { epochRows, pageCount, stepRows } from '../../../webview/curves/tableRows.ts';
import { logarithmic } from '../../../webview/curves/viewport.ts';
import { chartSummary, readingAt, standing, titleOf, validationNews } from '../../../webview/curves/words.ts';
import { generatedRun, history } from '../../webview/generatedRuns.ts';

const data = new RunData(history(0, { points: 60, epochs: 3 }));
const run = generatedRun(0, { points: 60, epochs: 3, state: 'running' });

describe('CSV', () => {
  it.each([
    ['plain', 'plain'],
    ['a,b', '"a,b"'],
    ['say "x"', '"say ""x"""'],
    ['two\nlines', '"two\nlines"'],
    ['=1+1', "'=1+1"],
    [' @SUM(A1)', "' @SUM(A1)"],
    ['-2', "'-2"],
    ['=HYPERLINK("x")', '"\'=HYPERLINK(""x"")"'],
    ['<img src=x onerror=alert(1)>', '<img src=x onerror=alert(1)>'],
  ])('has %j as %j', (text, cell) => {
    expect(textCell(text)).toBe(cell);
  });

  it('has a row a record, numbers in full, nothing for what is no number', () => {
    const one = (value: number): Float64Array => Float64Array.of(value);
    const steps = new Columns(
      ['step', 'epoch', 'seconds', 'perplexity', 'learningRate', 'gradientNorm', 'wordsPerSecond'],
      {
        step: one(10),
        epoch: one(0.1),
        seconds: one(1.25),
        perplexity: one(123.456789),
        learningRate: one(1),
        gradientNorm: one(Infinity),
        wordsPerSecond: one(12_000),
      },
    );
    const epochs = new Columns(['step', 'epoch', 'seconds', 'trainPerplexity', 'validPerplexity'], {
      step: one(100),
      epoch: one(1),
      seconds: one(12),
      trainPerplexity: one(200),
      validPerplexity: one(180),
    });
    const both = { id: 'id', name: '=x', measure: 'perplexity', steps: steps.columns(), epochs: epochs.columns() };
    const text = [...csvPieces([both, { ...both, id: 'two', measure: 'pseudo-perplexity' }])].join('');
    expect(text.split('\r\n')).toEqual([
      `${csvHeader.join(',')},measure`,
      "id,'=x,step,10,0.1,1.25,123.456789,,1,,12000,perplexity",
      "id,'=x,epoch,100,1,12,200,180,,,,perplexity",
      "two,'=x,step,10,0.1,1.25,123.456789,,1,,12000,pseudo-perplexity",
      "two,'=x,epoch,100,1,12,200,180,,,,pseudo-perplexity",
      '',
    ]);
  });
});

describe('dashed lines', () => {
  it('are named once each', () => {
    const published = { valid: 119.6, test: 115.9 };
    const small = { ...run, preset: 'small', published };
    const references = referencesOf([small, small, { ...run, floor: { train: 90, valid: 101.8, test: 102.4 } }]);
    expect(references.map(({ value }) => value)).toEqual([101.8, 102.4, 115.9, 119.6]);
    expect(referenceWords(references)).toEqual([
      'lowest possible: validation 101.8, test 102.4',
      'published small: test 115.9, validation 119.6',
    ]);
  });
});

describe('words', () => {
  it('say how a run stands', () => {
    expect(standing(run, 127.41)).toBe('Training 43 %, 2 min left · best validation\u00a0127.4');
    expect(standing({ ...run, state: 'stopped' }, 127.41)).toBe('Stopped · best validation\u00a0127.4');
  });

  it('say a chart’s figures', () => {
    expect(chartSummary('perplexity', [])).toBe('Training and validation perplexity: no run is shown.');
    const words = chartSummary('perplexity', [{ name: 'one', data }]);
    expect(words).toMatch(
      /^Training and validation perplexity\. one: [\d.]+ at step 600, validation [\d.]+ after epoch 3, best/,
    );
    expect(chartSummary('learningRate', [{ name: 'one', data: undefined }])).toBe('Learning rate. one: loading.');
    const bidirectional = { ...run, measure: 'pseudo-perplexity' } as const;
    expect(validationNews(bidirectional, data)).toMatch(/: validation pseudo-perplexity [\d.]+ after epoch 3/);
    expect(titleOf(bidirectional)).toBe(`${run.name} (pseudo-perplexity)`);
    expect(titleOf(run)).toBe(run.name);
    expect(validationNews(run, data)).toContain('after epoch 3, the best so far');
  });

  it('read the nearest record, and nothing beyond a run’s end', () => {
    expect(readingAt(data, 'perplexity', 'step', 303)?.value).toBe(data.steps.column('perplexity')[29]);
    expect(readingAt(data, 'perplexity', 'step', 303)?.valid).toBe(data.epochs.column('validPerplexity')[1]);
    expect(readingAt(data, 'gradientNorm', 'step', 5000)).toBeUndefined();
  });

  it('are rows of tables, newest steps first, by pages', () => {
    expect(epochRows(data)).toHaveLength(3);
    expect(pageCount(data)).toBe(3);
    expect(stepRows(data, 0)[0]?.[0]).toBe('600');
    expect(stepRows(data, 2)).toHaveLength(10);
    expect(stepRows(data, 9)).toEqual([]);
  });
});

describe('zoom', () => {
  const whole = [0, 100] as const;

  it('goes closer, moves, ends at the ends, and back to all', () => {
    const closer = zoomX(resetZoom(), whole, 0.5, 0.5);
    expect(closer.zoomX).toEqual([25, 75]);
    expect(moveX(closer, whole, 1).zoomX).toEqual([50, 100]);
    expect(moveX(resetZoom(), whole, 1)).toEqual(resetZoom());
    expect(zoomX(closer, whole, 4).zoomX).toBeNull();
    expect(selectX(closer, whole, [90, 130]).zoomX).toEqual([90, 100]);
  });

  it('keeps values, whatever the scale', () => {
    const zoom = selectY(resetZoom(), 'perplexity', logarithmic, [2, 3]);
    expect(zoom.zoomY.perplexity).toEqual([100, 1000]);
    expect(selectY(zoom, 'perplexity', logarithmic, [2, 2])).toBe(zoom);
  });
});
