import { describe, expect, it } from 'vitest';

import type { FlowRows } from '../../../src/protocol/curves.ts';
import { csvHeader, csvPieces, flowHeader } from '../../../src/formats/curvesCsv.ts';
import { FlowData } from '../../../webview/curves/flowData.ts';
import {
  flowAxis,
  flowScene,
  flowSteps,
  flowSummary,
  layerLook,
  layerWords,
  normFigure,
  normWords,
} from '../../../webview/curves/flowScene.ts';
import { RunData } from '../../../webview/curves/runData.ts';
import { flowTableRows } from '../../../webview/curves/tableRows.ts';
import { history, rowsFrom } from '../../webview/generatedRuns.ts';

const layers = [
  { reading: 'forward', layer: 0, distances: 3 },
  { reading: 'forward', layer: 1, distances: 2 },
] as const;
/** Records of so many steps from the first on; their norms count on. */
function rowsOf(from: number, ...steps: number[]): FlowRows {
  return {
    from,
    every: 1,
    layers,
    step: Float64Array.from(steps),
    epoch: Float64Array.from(steps, () => 1),
    norms: Float64Array.from({ length: 5 * steps.length }, (_, at) => 5 * from + at + 1),
  };
}
const newest = { flowStep: null, flowRelative: false };

const source = (index: number, rows: FlowRows) => ({
  key: String(index),
  name: `run ${index}`,
  colour: '#102030',
  data: new FlowData(rows),
});

describe('records of gradient flow', () => {
  it('are found by their step, and have norms by layer', () => {
    const data = new FlowData(rowsOf(0, 1, 101, 201));
    expect(data.at(null)).toEqual({ record: 2, step: 201, epoch: 1 });
    expect(data.at(140)).toEqual({ record: 1, step: 101, epoch: 1 });
    expect([...data.norms(1, layers[0])]).toEqual([6, 7, 8]);
    expect([...data.norms(1, layers[1])]).toEqual([9, 10]);
    expect(new FlowData(rowsOf(0)).at(5)).toBeUndefined();
  });

  it('take those that follow, drop what was thinned out or written anew, and refuse a gap', () => {
    const data = new FlowData(rowsOf(0, 1, 101));
    const more = data.with(rowsOf(2, 201));
    expect([...(more?.steps ?? [])]).toEqual([1, 101, 201]);
    expect([...(more?.norms(2, layers[0]) ?? [])]).toEqual([11, 12, 13]);
    expect([...(more?.with(rowsOf(1, 301))?.steps ?? [])]).toEqual([1, 301]);
    expect([...(more?.with({ ...rowsOf(0, 1, 401), every: 2 })?.steps ?? [])]).toEqual([1, 401]);
    expect(more?.with({ ...rowsOf(0, 1), every: 2 })?.every).toBe(2);
    expect(data.with(rowsOf(3, 301))).toBeUndefined();
  });

  it('come with the points of a run, also the first ones', () => {
    const shape = { points: 4 };
    const data = new RunData(history(0, shape));
    const { key, steps, epochs } = rowsFrom(0, shape, 4, 1);
    const after = { key, from: { steps: 4, epochs: data.epochs.length }, steps, epochs };
    expect(data.take({ ...after, gradientFlow: rowsOf(2, 201) })).toBe(false);
    expect([data.flow, data.steps.length]).toEqual([undefined, 4]);
    expect(data.take({ ...after, gradientFlow: rowsOf(0, 1) })).toBe(true);
    expect(data.take(after)).toBe(true);
    expect([...(data.flow?.steps ?? [])]).toEqual([1]);
    expect(data.take({ ...after, gradientFlow: rowsOf(0) })).toBe(true);
    expect(data.flow?.length).toBe(0);
  });
});

describe('the chart of gradient flow', () => {
  it('has a line a layer of each drawn run that has records, the newest or those nearest to a step', () => {
    const sources = [source(0, rowsOf(0, 1, 101, 201)), source(1, rowsOf(0)), source(2, rowsOf(0, 1))];
    const scene = flowScene({ state: newest, sources, highlighted: null });
    expect(scene.runs.map(({ name, step }) => [name, step])).toEqual([
      ['run 0', 201],
      ['run 2', 1],
    ]);
    expect(scene.lines.map(({ run, values }) => [run, ...values])).toEqual([
      ['run 0', 11, 12, 13],
      ['run 0', 14, 15],
      ['run 2', 1, 2, 3],
      ['run 2', 4, 5],
    ]);
    expect([scene.end, scene.layers.map(layerWords), flowAxis(scene)]).toEqual([
      2,
      ['Layer 1', 'Layer 2'],
      'Distance back in time (steps)',
    ]);
    expect(flowSteps(scene.runs)).toEqual([1, 101, 201]);
    const earlier = flowScene({ state: { flowStep: 90, flowRelative: true }, sources, highlighted: '1' });
    expect(earlier.runs.map(({ step }) => step)).toEqual([101, 1]);
    expect([...(earlier.lines[0]?.values ?? [])]).toEqual([1, 7 / 6, 8 / 6]);
    expect(earlier.lines.some(({ faded }) => faded)).toBe(false);
  });

  it('fades the other runs beside a highlighted one', () => {
    const sources = [source(0, rowsOf(0, 1)), source(1, rowsOf(0, 1))];
    const { lines } = flowScene({ state: newest, sources, highlighted: '1' });
    expect(lines.map(({ faded, highlighted }) => [faded, highlighted])).toEqual([
      [true, false],
      [true, false],
      [false, true],
      [false, true],
    ]);
  });

  it('has a range and words also where norms are 0, not finite, or all the same', () => {
    const rows = { ...rowsOf(0, 1), norms: Float64Array.of(0, 0, 0, NaN, 1e-20) };
    const scene = flowScene({ state: newest, sources: [source(0, rows)], highlighted: null });
    expect(scene.zeros).toBe(3);
    expect(scene.y[0]).toBeLessThan(-20.4);
    expect(scene.y[1]).toBeGreaterThan(-19.6);
    expect(flowSummary(scene)).toBe(
      'Gradient flow. run 0, step 1, epoch 1: Layer 1 from 0 to 0 at distance 2, Layer 2 from – to 1.00e-20 at distance 1.',
    );
    const relative = flowScene({
      state: { ...newest, flowRelative: true },
      sources: [source(0, rows)],
      highlighted: null,
    });
    expect(relative.lines.flatMap(({ values }) => [...values]).every(Number.isNaN)).toBe(true);
    expect(relative.y).toEqual([-1, 1]);
  });

  it('gives sixteen layers and two readings looks of their own', () => {
    const looks = ['forward', 'backward'].flatMap((reading) =>
      Array.from({ length: 16 }, (_, layer) =>
        JSON.stringify(layerLook({ reading: reading as 'forward' | 'backward', layer })),
      ),
    );
    expect(new Set(looks).size).toBe(32);
    expect(layerWords({ reading: 'backward', layer: 0 })).toBe('Layer 1, backward');
  });

  it('says norms in few characters', () => {
    expect([0.0123456, 1, 4.5e-4, 3e-21, 0, NaN, 12_345].map(normFigure)).toEqual([
      '0.0123',
      '1',
      '4.50e-4',
      '3.00e-21',
      '0',
      '–',
      '1.23e4',
    ]);
    expect(normWords([0.1, 0.03])).toEqual(['0.1', '0.03']);
    expect(normWords([1, 1e-3, 1e-6])).toEqual(['1', '1e-3', '1e-6']);
  });
});

describe('gradient flow in table and file', () => {
  const flow = new FlowData({ ...rowsOf(0, 1, 101), norms: Float64Array.of(1, 2, 3, 4, 5, 0.5, 0, NaN, 1e-30, 7) });

  it('is a row a distance with a column a layer', () => {
    expect(flowTableRows(flow, 1)).toEqual([
      ['0', '0.5', '1.00e-30'],
      ['1', '0', '7'],
      ['2', '–', '–'],
    ]);
  });

  it('is a row a norm, in columns that are there only then', () => {
    const { steps, epochs } = new RunData(history(0, { points: 1, epochs: 1 }));
    const run = { id: 'id', name: 'a', measure: 'perplexity', steps: steps.columns(), epochs: epochs.columns() };
    const plain = [...csvPieces([run])].join('').split('\r\n');
    const lines = [...csvPieces([{ ...run, flow: flow.rows }])].join('').split('\r\n');
    expect(plain[0]).toBe([...csvHeader, 'measure'].join(','));
    expect(lines[0]).toBe([...csvHeader, ...flowHeader, 'measure'].join(','));
    expect(lines).toHaveLength(plain.length + 10);
    const width = csvHeader.length + flowHeader.length + 1;
    expect(lines.filter((line) => line !== '').map((line) => line.split(',').length)).toEqual(
      Array(lines.length - 1).fill(width),
    );
    const cells = lines.filter((line) => line.includes('gradientFlow')).map((line) => line.split(','));
    const empty = Array<string>(7).fill('');
    expect(cells[0]).toEqual(['id', 'a', 'gradientFlow', '1', ...empty, 'forward', '1', '0', '1', 'perplexity']);
    expect(cells[7]?.slice(-5)).toEqual(['forward', '1', '2', '', 'perplexity']);
    expect(cells[8]?.slice(-5)).toEqual(['forward', '2', '0', '1e-30', 'perplexity']);
  });
});
