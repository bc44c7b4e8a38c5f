import type { AskedRuns, CurveRun, RunHistory } from '../../src/protocol/curves.ts';
import type { Shape } from './generatedRuns.ts';
import type { PredictionsScenario } from './fakePredictions.ts';
import { predictionsHost } from './fakePredictions.ts';
import type { StatesScenario } from './fakeStates.ts';
import { statesHost } from './fakeStates.ts';
import { allRunsNews } from './runsNews.ts';
import { flowRows, generatedRun, history, keyOf, rowsFrom } from './generatedRuns.ts';

/**
 * The extension host, as a script in the panel's page: gives it `acquireVsCodeApi` and answers its messages with
 * generated runs. The root's tsconfig has no DOM, so the little that is used of it is named here.
 */
interface Page {
  readonly scenario: Scenario;
  readonly sessionStorage: { getItem(key: string): string | null; setItem(key: string, value: string): void };
  postMessage(message: unknown, origin: string): void;
  acquireVsCodeApi: () => unknown;
  fakeHost: FakeHost;
}

export interface Scenario {
  readonly runs: readonly Shape[];
  /** Indices of the runs that were asked for. */
  readonly shown?: readonly number[];
  /** The list is refused with these words. */
  readonly refusal?: string;
  /** Answers to requests of other kinds, by their names. */
  readonly answers?: Readonly<Record<string, unknown>>;
  /** Histories never come. */
  readonly silent?: boolean;
  /** Of the next-word predictions. */
  readonly predictions?: PredictionsScenario;
  /** Of the hidden states. */
  readonly states?: StatesScenario;
}

export interface FakeHost {
  /** All that the panel sent, oldest first: method and parameters. */
  readonly sent: { method: string; params: Record<string, unknown> }[];
  /** A newer run, started by someone else. */
  start(shape: Shape): void;
  /** Sends rows of a run that follow the first `from` ones. */
  points(index: number, from: number, count: number): void;
  /** Sends the end of an epoch. */
  epoch(index: number, from: { steps: number; epochs: number }, perplexity: number): void;
  /** Sends records of gradient flow that follow the first `from` ones, no steps. */
  flow(index: number, from: number, count: number): void;
  rename(index: number, name: string): void;
  /** The user asks for runs; a hidden panel misses the news of it. */
  ask(indices: readonly number[], hidden?: boolean): void;
  news(method: string, params: unknown): void;
}

interface Message {
  id?: string;
  method: string;
  params: Record<string, unknown>;
}

const page = globalThis as unknown as Page;
const shapes = [...page.scenario.runs];
const sent: FakeHost['sent'] = [];
const { shown } = page.scenario;
// The extension host outlives a reload of the page.
const askedBefore = JSON.parse(page.sessionStorage.getItem('asked') ?? 'null') as AskedRuns | null;
let asked: AskedRuns | undefined = askedBefore ?? (shown && { number: 1, keys: shown.map(keyOf) });

const news = (method: string, params: unknown): void =>
  page.postMessage({ method, params, receiver: { type: 'webview', webviewType: 'curves' } }, '*');
const predictions = page.scenario.predictions && predictionsHost(page.scenario.predictions, news);
const states = page.scenario.states && statesHost(page.scenario.states, news);
const runs = (): CurveRun[] => shapes.map((shape, index) => generatedRun(index, shape)).reverse();

function answer({ method, params }: Message): unknown {
  if (method === 'curves/runs') {
    if (page.scenario.refusal !== undefined) throw new Error(page.scenario.refusal);
    return { runs: runs(), asked };
  }
  if (method === 'curves/history') {
    const index = shapes.findIndex((_, at) => keyOf(at) === params['key']);
    return history(index, shapes[index] ?? {});
  }
  if (method === 'curves/save') return { path: `/saved/${String(params['suggestedName'])}` };
  return states?.({ method, params }) ?? predictions?.({ method, params }) ?? page.scenario.answers?.[method];
}

function receive(message: Message): void {
  sent.push({ method: message.method, params: message.params });
  if (message.id === undefined) {
    predictions?.(message);
    states?.(message);
  }
  if (message.id === undefined || (page.scenario.silent === true && message.method === 'curves/history')) return;
  const reply = { id: message.id, receiver: { type: 'webview', webviewType: 'curves' } };
  const refuse = (error: unknown): void =>
    page.postMessage({ ...reply, error: { message: error instanceof Error ? error.message : String(error) } }, '*');
  try {
    const result = answer(message);
    if (result instanceof Promise)
      (result as Promise<unknown>).then((value) => page.postMessage({ ...reply, result: value }, '*'), refuse);
    else page.postMessage({ ...reply, result }, '*');
  } catch (error) {
    refuse(error);
  }
}

const empty = (key: string): RunHistory =>
  rowsFrom(
    shapes.findIndex((_, at) => keyOf(at) === key),
    { epochs: 1 },
    0,
    0,
  );

page.acquireVsCodeApi = () => ({
  postMessage: receive,
  getState: () => JSON.parse(page.sessionStorage.getItem('state') ?? 'null') as unknown,
  setState: (state: unknown) => page.sessionStorage.setItem('state', JSON.stringify(state)),
});

page.fakeHost = {
  sent,
  start(shape) {
    shapes.push(shape);
    news('curves/runsChanged', allRunsNews(runs()));
  },
  points(index, from, count) {
    const { key, steps, epochs } = rowsFrom(index, shapes[index] ?? {}, from, count);
    const before = history(index, shapes[index] ?? {}).epochs.step.length;
    news('curves/points', { key, from: { steps: from, epochs: before }, steps, epochs });
  },
  epoch(index, from, perplexity) {
    const key = keyOf(index);
    const one = (value: number): Float64Array<ArrayBuffer> => Float64Array.of(value);
    const epochs = {
      step: one(5000),
      epoch: one(from.epochs + 1),
      seconds: one(300),
      trainPerplexity: one(perplexity * 0.9),
      validPerplexity: one(perplexity),
    };
    news('curves/points', { key, from, steps: empty(key).steps, epochs });
  },
  flow(index, from, count) {
    const shape = shapes[index] ?? {};
    const { key, steps, epochs } = history(index, shape);
    const gradientFlow = flowRows({ records: from + count, ...shape.flow }, from, from + count);
    const after = { steps: steps.step.length, epochs: epochs.step.length };
    const { steps: none, epochs: noEpochs } = empty(key);
    news('curves/points', { key, from: after, steps: none, epochs: noEpochs, gradientFlow });
  },
  rename(index, name) {
    shapes[index] = { ...shapes[index], name };
    news('curves/runsChanged', allRunsNews(runs()));
  },
  ask(indices, hidden = false) {
    asked = { number: (asked?.number ?? 0) + 1, keys: indices.map(keyOf) };
    page.sessionStorage.setItem('asked', JSON.stringify(asked));
    if (!hidden) news('curves/show', asked);
  },
  news,
};
