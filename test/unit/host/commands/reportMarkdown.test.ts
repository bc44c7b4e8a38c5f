import { expect, it } from 'vitest';
import { reportMarkdown } from '../../../../src/host/commands/reportMarkdown.ts';
import type { ComputeReport, Measurements } from '../../../../src/protocol/computeReport.ts';

const measured: Measurements = {
  products: [{ rows: 700, inner: 200, columns: 10_000, gflops: 23.4 }],
  memory: { elements: 2 ** 23, gigabytesPerSecond: 4.56 },
  training: [
    { preset: 'small', wordsPerSecond: 912, gflops: 14.4 },
    { preset: 'demo', wordsPerSecond: 4000, gflops: 9.6 },
  ],
  othersShare: 0,
};

const report: ComputeReport = {
  verdict: 'Training works here: @tensorflow/tfjs-core 4.22.0 (wasm, 1 thread), about 900 words/s.',
  trains: true,
  machine: { system: 'Linux 6.1 x64', processor: 'A | B', cores: 2, memoryBytes: 2 ** 33 },
  versions: { sequenceLab: '0.1.0', node: '24.1.0', electron: '39.0.0' },
  threads: { asked: 0, used: 2, reason: 'one per core' },
  engines: [
    {
      name: 'onnx',
      device: 'cpu',
      title: 'ONNX Runtime on the CPU',
      works: false,
      notes: ['It is <b>missing</b>.', 'Do *this*.'],
    },
    {
      name: 'tensorflow',
      device: 'cpu',
      title: 'TensorFlow.js on the CPU',
      works: true,
      description: 'tfjs',
      notes: [],
    },
  ],
  chosen: { name: 'tensorflow', device: 'cpu' },
  measured,
  expected: [
    { preset: 'small', corpus: 'ptb', isMeasured: true, wordsPerSecond: 912, secondsPerEpoch: 1019, epochs: 13 },
  ],
};

const editor = { rows: [['VS Code', '1.139.0']], settings: [['sequenceLab.runsFolder', '~/runs']] } as const;

it('lays the report out, the verdict first', () => {
  const text = reportMarkdown(report, editor);
  expect(text.split('\n\n').slice(0, 2)).toEqual(['# Compute Report', `**${report.verdict}**`]);
  expect(text).toContain('| ONNX Runtime on the CPU | no |  |\n| TensorFlow.js on the CPU | **in use** | tfjs |');
  expect(text).toContain('| --- | ---: | ---: | ---: | --- | --- |\n| small | 910 | 17 min | 3 h 41 min |');
  expect(text).toContain('| Sequence Lab | 0.1.0 on Node 24.1.0, Electron 39.0.0 |\n| VS Code | 1.139.0 |');
  expect(text).toContain('| `sequenceLab.runsFolder` | ~/runs |');
});

it('gives what libraries and systems say no meaning in Markdown', () => {
  const text = reportMarkdown(report, editor);
  expect(text).toContain('- ONNX Runtime on the CPU: It is \\<b\\>missing\\</b\\>. Do \\*this\\*.');
  expect(text).toContain('| Processor | A \\| B, 2 cores |');
});

it('says where the number of threads comes from', () => {
  expect(reportMarkdown(report, editor)).toContain('| Threads | 2, one per core |');
});

it('has no tables for what was not measured', () => {
  const text = reportMarkdown({ ...report, measured: undefined, problem: 'It crashed.', expected: [] }, editor);
  expect(text).toContain('It crashed.');
  expect(text).not.toMatch(/## (Measured|Expected)/);
});
