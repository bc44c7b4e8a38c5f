import { cellNews, cellRequests } from '../../src/protocol/cell.ts';
import type { AskedRun, CellOfRun } from '../../src/protocol/cell.ts';
import { cellNames, mostSteps } from './network.ts';
import type { CellName, NetworkShape, Parameters } from './network.ts';
import type { PanelHost } from '../shared/panelHost.ts';
import { gradientReach } from './reach.ts';
import { firstState, readState, within } from './state.ts';
import type { PanelState, Place, ReachOptions } from './state.ts';
import { unroll } from './unroll.ts';
import type { Unrolled } from './unroll.ts';
import { example, firstSeed, seededInputs, seededWeights, startingWeights } from './weights.ts';

/** How much of the gradient reaches each step: in a cell of each kind, and in the network that is shown. */
export interface Reach {
  readonly compared: Readonly<Record<CellName, readonly number[]>>;
  readonly shown: readonly number[];
}

/** The network that is explored, and the place in it that is looked at. Views read it and are told when it changes. */
export class Model {
  state: PanelState;
  readonly #host: PanelHost;
  readonly #listeners: (() => void)[] = [];
  #unrolled: { of: PanelState['network']; value: Unrolled } | undefined;
  #compared: { of: string; value: Reach['compared'] } | undefined;

  constructor(host: PanelHost) {
    this.#host = host;
    this.state = readState(host.kept());
    host.on(cellNews.show, (asked) => this.#take(asked));
    host.start();
  }

  /** Asks what was asked for: a hidden panel misses the news of it. */
  async refresh(): Promise<void> {
    try {
      const { asked } = await this.#host.request(cellRequests.asked, {});
      if (asked !== undefined) this.#take(asked);
    } catch {
      // Without a host there are no runs; all else goes on.
    }
  }

  #take({ number, run }: AskedRun): void {
    if (number === this.state.asked) return;
    this.#set({ ...this.state, asked: number, run: { ...run, sentence: this.state.run?.sentence ?? '' } });
  }

  /** Another sentence for the run. */
  setSentence(sentence: string): void {
    if (this.state.run) this.#set({ ...this.state, run: { ...this.state.run, sentence } });
  }

  /** Back to the network of one's own. */
  leaveRun(): void {
    this.#set({ ...this.state, run: null });
  }

  /** What the run's network makes of its sentence. @throws Error with the host's words */
  askRun(key: string, sentence: string): Promise<CellOfRun> {
    return this.#host.request(cellRequests.run, { key, sentence });
  }

  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  /** What the network makes of its sequence; computed once a change. */
  unrolled(): Unrolled {
    const { network } = this.state;
    if (this.#unrolled?.of !== network)
      this.#unrolled = { of: network, value: unroll(network.shape, network.parameters, network.inputs) };
    return this.#unrolled.value;
  }

  reach(): Reach {
    const { network, reach } = this.state;
    const { length, scale, keepBias } = reach;
    const { shape, seed, inputs } = network;
    const read = Array.from({ length }, (_, step) => inputs[step % inputs.length] ?? 0);
    const key = JSON.stringify([shape.hidden, shape.layers, seed, reach]);
    if (this.#compared?.of !== key) {
      const random = seededInputs(seed, length);
      const one = (cell: CellName): readonly number[] => {
        const compared: NetworkShape = { ...shape, cell, direction: 'forward' };
        return gradientReach(compared, seededWeights(compared, { seed, scale, keepBias }), random);
      };
      const value = { rnn: one('rnn'), gru: one('gru'), lstm: one('lstm') } satisfies Record<
        (typeof cellNames)[number],
        readonly number[]
      >;
      this.#compared = { of: key, value };
    }
    return { compared: this.#compared.value, shown: gradientReach(shape, network.parameters, read) };
  }

  /** Another network: its weights are new ones, from the seed. */
  setShape(change: Partial<NetworkShape>): void {
    const { network } = this.state;
    const shape = { ...network.shape, ...change };
    this.#setNetwork({ shape, parameters: startingWeights(shape, network.seed) });
  }

  setSeed(seed: number): void {
    this.#setNetwork({ seed, parameters: startingWeights(this.state.network.shape, seed) });
  }

  /** @param place of the number in its tensor, row by row */
  setParameter(name: string, place: number, value: number): void {
    const { parameters } = this.state.network;
    const data = parameters[name]?.map((old, index) => (index === place ? value : old)) ?? [];
    this.#setNetwork({ parameters: { ...parameters, [name]: data } });
  }

  setInput(step: number, value: number): void {
    this.#setNetwork({ inputs: this.state.network.inputs.map((old, index) => (index === step ? value : old)) });
  }

  /** Longer sequences than can be drawn are cut. */
  setInputs(inputs: readonly number[]): void {
    this.#setNetwork({ inputs: inputs.slice(0, mostSteps) });
  }

  look(place: Partial<Place>): void {
    const state = { ...this.state, place: { ...this.state.place, ...place } };
    this.#set({ ...state, place: within(state) });
  }

  setReach(change: Partial<ReachOptions>): void {
    this.#set({ ...this.state, reach: { ...this.state.reach, ...change } });
  }

  /** Back to the worked example, whatever was done. */
  reset(): void {
    this.#set({ ...firstState(), asked: this.state.asked });
  }

  /** Whether the network is the worked example's, as it was. */
  get isExample(): boolean {
    const { shape, inputs, parameters, seed } = this.state.network;
    const first = firstState().network;
    return (
      seed === firstSeed &&
      JSON.stringify([inputs, sorted(parameters)]) === JSON.stringify([first.inputs, sorted(first.parameters)]) &&
      Object.entries(example.shape).every(([key, value]) => shape[key as keyof NetworkShape] === value)
    );
  }

  #setNetwork(change: {
    shape?: NetworkShape;
    seed?: number;
    inputs?: readonly number[];
    parameters?: Parameters;
  }): void {
    const network = { ...this.state.network, ...change } as PanelState['network'];
    const state = { ...this.state, network };
    this.#set({ ...state, place: within(state) });
  }

  #set(state: PanelState): void {
    this.state = state;
    this.#host.keep(state);
    for (const listener of this.#listeners) listener();
  }
}

const sorted = (parameters: Parameters) => Object.entries(parameters).sort(([a], [b]) => (a < b ? -1 : 1));
