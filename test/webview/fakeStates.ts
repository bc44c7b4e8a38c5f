import { cellKinds, visibleGates } from '../../src/config/cells.ts';
import type { CellId } from '../../src/config/cells.ts';
import type { Series } from '../../src/protocol/inference.ts';
import type { AskedStates, StateRun, Weights } from '../../src/protocol/states.ts';

/**
 * A model server's answers for the hidden states panel without one. Units go in families: each family follows one hash of
 * the words and forgets it at its own pace, so that orders of units have something to find.
 */
export interface StatesScenario {
  readonly runs: readonly StateRun[];
  readonly asked?: AskedStates;
  readonly cell?: CellId;
  readonly direction?: 'forward' | 'bidirectional';
  readonly layers?: number;
  readonly units?: number;
  /** Of these runs. */
  readonly unitsOf?: Readonly<Record<string, number>>;
  /** Models of these runs are refused with these words. */
  readonly refused?: Readonly<Record<string, string>>;
  /** Steps of training at which the probe is on record. */
  readonly places?: readonly number[];
  readonly editor?: { readonly text: string; readonly name: string };
  /** Words that the vocabulary has; left out: all but those with a capital. */
  readonly knows?: readonly string[];
  /** Long work ends only when it is given up. */
  readonly endless?: boolean;
}

/** A run that is done, by the last part of its folder. */
export function doneRun(key: string, name: string): StateRun {
  return { key: `/runs/${key}`, id: `id-${key}`, name, state: 'done' };
}

const families = 7;
const probe = "the company said it would buy back the shares of the `` old '' firm".split(' ');

/** From −1 to 1. */
function hash(text: string): number {
  let value = 2_166_136_261;
  for (const letter of text) value = Math.imul(value ^ (letter.codePointAt(0) ?? 0), 16_777_619) >>> 0;
  value = Math.imul(value ^ (value >>> 15), 2_246_822_519) >>> 0;
  return (((value ^ (value >>> 13)) >>> 0) / 2 ** 31 - 1) * 0.999;
}

/** [token][unit] */
export function valuesOf(words: readonly string[], units: number, seed: string): Float32Array {
  const isGate = /input|forget|output|reset|update/u.test(seed);
  const isMemory = seed.includes(' c ');
  const values = new Float32Array(words.length * units);
  for (let unit = 0; unit < units; unit += 1) {
    const family = Math.floor((hash(`${unit} family`) + 1) * 0.5 * families);
    const keep = 0.3 + 0.1 * family;
    const own = hash(`${seed} ${unit}`);
    let state = 0;
    words.forEach((word, token) => {
      state =
        keep * state +
        (1 - keep) * 2 * hash(`${seed} ${family} ${word.toLowerCase()}`) +
        0.15 * own * hash(`${token} ${unit}`);
      const value = Math.tanh((0.5 + 0.9 * Math.abs(own)) * state);
      values[token * units + unit] = isGate ? 1 / (1 + Math.exp(-4 * value)) : isMemory ? 4 * value : value;
    });
  }
  return values;
}

interface Message {
  method: string;
  params: Record<string, unknown>;
}

/** @returns answers messages of the panel; undefined for those that are not of it */
export function statesHost(
  scenario: StatesScenario,
  news: (method: string, params: unknown) => void,
): (message: Message) => unknown {
  const { cell = 'lstm', direction = 'forward', layers = 2, units = 200, places = [] } = scenario;
  const unitsOf = (key: string): number => scenario.unitsOf?.[key] ?? units;
  const series = [...cellKinds[cell].states, ...visibleGates(cell)];
  const refuse = ({ key }: Weights): void => {
    const words = scenario.refused?.[key];
    if (words !== undefined) throw new Error(words);
  };
  const seedOf = ({ key, checkpoint }: Weights, { name, layer, reading }: Series): string =>
    `${key} ${checkpoint ?? ''} ${name} ${layer} ${reading}`;
  const tokensOf = (text: string): { token: string; readAs: string; known: boolean }[] =>
    [...text.matchAll(/\n|\S+/gu)].map(([found]) => {
      if (found === '\n') return { token: '<eos>', readAs: '<eos>', known: true };
      const known = scenario.knows === undefined ? !/^[A-Z]/u.test(found) : scenario.knows.includes(found);
      return { token: found, readAs: known ? found : '<unk>', known };
    });
  const given = new Map<number, () => void>();
  const long = <R>(ticket: number, result: R): Promise<R> => {
    news('states/progress', { ticket, fraction: 0.4 });
    return new Promise((done, failed) => {
      if (scenario.endless === true) given.set(ticket, () => failed(new Error('given up')));
      else setTimeout(() => done(result), 20);
    });
  };
  const context = (index: number, length: number) => ({
    before: ['shares', 'of', 'the', 'company', '<eos>', 'mr.', 'smith', 'said'],
    span: probe.slice(index % 5, (index % 5) + length),
    after: ['<unk>', 'in', 'new', 'york', '<eos>'],
    position: 100 * index + 8,
    score: 1 - index / 60,
  });
  const allSeries = (): Series[] =>
    Array.from({ length: layers }, (_, layer) =>
      series.map((name) => ({ reading: 'forward' as const, layer, name })),
    ).flat();
  const answers: Record<string, (params: never) => unknown> = {
    'states/runs': () => ({ runs: scenario.runs, ...(scenario.asked ? { asked: scenario.asked } : {}) }),
    'states/checkpoints': () => ({ steps: [4000, 3000], best: true }),
    'states/open': ({ weights }: { weights: Weights }) => {
      refuse(weights);
      return {
        checkpointStep: typeof weights.checkpoint === 'number' ? weights.checkpoint : 4000,
        cell,
        direction,
        layers,
        hiddenSize: unitsOf(weights.key),
        vocabularySize: 10_000,
        unit: 'word',
        series,
      };
    },
    'states/read': ({ weights, text, series: wanted }: { weights: Weights; text: string; series: Series[] }) => {
      refuse(weights);
      const tokens = tokensOf(text);
      const width = unitsOf(weights.key);
      const words = tokens.map(({ readAs }) => readAs);
      return {
        tokens: tokens.slice(0, 2000),
        units: wanted.map(() => width),
        values: wanted.map((one) => valuesOf(words, width, seedOf(weights, one)).slice(0, 2000 * width)),
        left: Math.max(0, tokens.length - 2000),
      };
    },
    'states/editorText': () => scenario.editor ?? { text: '', name: '' },
    'states/passage': ({ position = 40, length }: { position?: number; length: number }) => {
      const words = Array.from({ length }, (_, at) =>
        at % 17 === 16 ? '\n' : (probe[(at * 5 + position) % probe.length] ?? ''),
      );
      return { text: words.join(' ').replace(/ ?\n ?/gu, '\n'), position: Math.max(0, position - 6) };
    },
    'states/findContexts': ({ ticket, length }: { ticket: number; length: number }) =>
      long(ticket, {
        contexts: Array.from({ length: 12 }, (_, index) => context(index, length)),
        scanned: { tokens: 73_760, of: 73_760 },
      }),
    'states/unitReport': ({ ticket, unit }: { ticket: number; unit: number }) =>
      long(ticket, {
        highest: Array.from({ length: 5 }, (_, index) => context(index, 1)),
        lowest: Array.from({ length: 5 }, (_, index) => ({ ...context(index + 5, 1), score: -0.9 })),
        correlations: ['position', 'quotation', 'wordLength', 'brackets', 'frequency', 'grammarQuotation'].map(
          (feature, index) => ({ feature, correlation: hash(`${feature} ${unit}`) / (1 + index / 3) }),
        ),
        mean: 0.031,
        deviation: 0.42,
        scanned: { tokens: 73_760, of: 73_760 },
      }),
    'states/followers': ({ ticket }: { ticket: number }) =>
      long(ticket, {
        features: ['position', 'quotation', 'brackets', 'wordLength', 'subjectNumber'].map((feature, at) => ({
          feature,
          units: Array.from({ length: 5 }, (_, index) => ({
            unit: 13 * at + index,
            correlation: 0.93 - index / 9 - at / 20,
          })),
        })),
        scanned: { tokens: 20_000, of: 73_760 },
      }),
    'states/probes': () => ({ places: places.map((step) => ({ step, epoch: 1 + Math.floor(step / 1000) })) }),
    'states/probe': ({ key, step, series: wanted }: { key: string; step: number; series?: Series }) => ({
      step,
      epoch: 1 + Math.floor(step / 1000),
      tokens: probe,
      units: unitsOf(key),
      series: allSeries().filter(({ name }) => name === 'h' || name === 'c'),
      values:
        wanted === undefined || (wanted.name !== 'h' && wanted.name !== 'c')
          ? null
          : valuesOf(probe, unitsOf(key), `${seedOf({ key }, wanted)}`).map(
              (value) => value * Math.min(1, step / 3000),
            ),
      next: [
        { word: 'company', probability: 0.21 },
        { word: 'market', probability: 0.12 },
      ],
    }),
    'states/saveStates': () => ({ path: '/saved/lstmvis' }),
    'states/save': ({ suggestedName }: { suggestedName: string }) => ({ path: `/saved/${suggestedName}` }),
    'states/cancel': ({ ticket }: { ticket: number }) => given.get(ticket)?.(),
  };
  return ({ method, params }) => answers[method]?.(params as never);
}
