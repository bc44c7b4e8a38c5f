import { describe, expect, it } from 'vitest';

import { Columns } from '../../../webview/curves/columns.ts';
import { csvHeader, csvPieces, textCell } from '../../../webview/curves/csv.ts';
import { moveX, resetZoom, selectX, selectY, zoomX } from '../../../webview/curves/navigation.ts';
import { joinLabels, placeLabels, referencesOf } from '../../../webview/curves/references.ts';
import { RunData } from '../../../webview/curves/runData.ts';
import { epochRows, pageCount, stepRows } from '../../../webview/curves/tableRows.ts';
import { logarithmic } from '../../../webview/curves/viewport.ts';
import { chartSummary, readingAt, standing, validationNews } from '../../../webview/curves/words.ts';
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
    const text = [...csvPieces([{ id: 'id', name: '=x', steps, epochs }])].join('');
    expect(text).toBe(
      `${csvHeader.join(',')}\r\nid,'=x,step,10,0.1,1.25,123.456789,,1,,12000\r\nid,'=x,epoch,100,1,12,200,180,,,\r\n`,
    );
  });
});

describe('dashed lines', () => {
  it('are named once each', () => {
    const published = { valid: 119.6, test: 115.9 };
    const small = { ...run, preset: 'small', published };
    const labels = referencesOf([small, small, { ...run, floor: { valid: 101.8 } }]).map(({ label }) => label);
    expect(labels).toEqual([
      'floor, validation 101.8',
      'published small, test 115.9',
      'published small, validation 119.6',
    ]);
  });

  it('have labels that do not overlap and stay inside', () => {
    for (const wanted of [
      [0, 1, 2],
      [95, 96, 97],
      [10, 50, 51, 52, 99],
      [-5, 200],
    ]) {
      const placed = placeLabels(wanted, 100, 15).filter((top) => top !== null);
      expect(placed).toHaveLength(wanted.length);
      placed.forEach((top, index) => {
        expect(top).toBeGreaterThanOrEqual(0);
        expect(top).toBeLessThanOrEqual(85);
        if (index > 0) expect(top - (placed[index - 1] ?? 0)).toBeGreaterThanOrEqual(15);
      });
    }
    expect(placeLabels([1, 2, 3], 30, 15)).toEqual([0, 15, null]);
  });
});

describe('words', () => {
  it('say how a run stands', () => {
    expect(standing(run, 127.41)).toBe('Running 43 %, 2 min left · best valid.\u00a0127.4');
    expect(standing({ ...run, state: 'stopped' }, 127.41)).toBe('Stopped · best valid.\u00a0127.4');
  });

  it('say a chart’s figures', () => {
    expect(chartSummary('perplexity', [])).toBe('Training and validation perplexity: no run is shown.');
    const words = chartSummary('perplexity', [{ name: 'one', data }]);
    expect(words).toMatch(
      /^Training and validation perplexity\. one: [\d.]+ at step 600, validation [\d.]+ after epoch 3, best/,
    );
    expect(chartSummary('learningRate', [{ name: 'one', data: undefined }])).toBe('Learning rate. one: loading.');
    expect(validationNews('one', data)).toContain('after epoch 3, the best so far');
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

describe('labels of lines that lie close together', () => {
  const fits = (label: string): boolean => label.length <= 20;
  const of = (...ys: number[]) => ys.map((y, index) => ({ label: `line ${index}`, y }));

  it('are joined above the upper one', () => {
    expect(joinLabels(of(10, 15, 60), 12, fits)).toEqual([
      { label: 'line 0 · line 1', y: 10 },
      { label: 'line 2', y: 60 },
    ]);
  });

  it('stay apart where the text would be too long', () => {
    expect(joinLabels(of(10, 15, 20), 12, fits).map(({ label }) => label)).toEqual(['line 0 · line 1', 'line 2']);
  });
});
