import type { CellOfRun } from '../../src/protocol/cell.ts';

const words = ['<eos>', 'the', 'company', 'said', '<img src=x onerror=alert(1)>', 'would', 'rise'];
const hidden = 20;
const names = ['input', 'forget', 'output', 'candidate']
  .flatMap((gate) => [`${gate}.before`, gate])
  .concat('squashed', 'h', 'c');

/** Waves: each unit has its own, so that some vary more than others. */
function values(layer: number): string {
  const all = names.flatMap((name, which) =>
    words.flatMap((_, step) =>
      Array.from({ length: hidden }, (_unit, unit) => {
        const wave = Math.sin(step * (1 + unit / 7) + which + layer) * ((unit + 1) / hidden);
        return ['input', 'forget', 'output'].includes(name) ? (1 + wave) / 2 : wave;
      }),
    ),
  );
  return Buffer.from(Float32Array.from(all).buffer).toString('base64');
}

const cellOfRun: CellOfRun = {
  checkpointStep: 12_345,
  cell: 'lstm',
  direction: 'forward',
  words: words.map((text) => ({ text, known: !text.startsWith('<img') })),
  next: words.map((word) => ({ word, probability: 0.1 })),
  guesses: words.map((_, step) => [
    { word: 'company', probability: 0.31 / (step + 1) },
    { word: 'market', probability: 0.02 },
  ]),
  layers: [0, 1].map((layer) => ({
    reading: 'forward',
    layer,
    units: hidden,
    names,
    values: values(layer),
    reach: words.map((_, step) => 10 ** ((step - words.length + 1) / (2 - layer))),
  })),
};

/** What the host says of a run that is explored. */
export const answers = {
  'cell/asked': { asked: { number: 7, run: { key: '/runs/one', name: 'ptb-small <b>1</b>' } } },
  'cell/run': cellOfRun,
} as const;
