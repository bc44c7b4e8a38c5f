import { cellIds, cellKinds } from '../../src/config/cells.ts';
import type { CellId } from '../../src/config/cells.ts';
import { cellNews, cellRequests } from '../../src/protocol/cell.ts';
import type { AskedRun, CellOfRun } from '../../src/protocol/cell.ts';
import { maxSteps } from './network.ts';
import type { NetworkShape } from './network.ts';
import { Emitter } from '../shared/emitter.ts';
import type { PanelHost } from '../shared/panelHost.ts';
import { gradientReach } from './reach.ts';
import { firstState, readState, within } from './state.ts';
import type { ExplorerNetwork, PanelState, Place, ReachOptions } from './state.ts';
import { unroll } from './unroll.ts';
import type { Unrolled } from './unroll.ts';
import { seededInputs, seededWeights, startingWeights } from './weights.ts';

/** How much of the gradient reaches each step: in some cells side by side, and in the network that is shown. */
export interface Reach {
  readonly compared: readonly { readonly cell: CellId; readonly values: readonly number[] }[];
  readonly shown: readonly number[];
}

/** The network that is explored, and the place in it that is looked at. Views read it and are told when it changes. */
export class Model {
  state: PanelState;
  readonly #host: PanelHost;
  readonly #changes = new Emitter();
  #unrolled: { of: PanelState['network']; value: Unrolled } | undefined;
  #compared: { key: string; value: Reach['compared'] } | undefined;
  #reach: { network: PanelState['network']; options: ReachOptions; value: Reach } | undefined;

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
    this.#changes.on(listener);
  }

  /** What the network makes of its sequence; computed once a change. */
  unrolled(): Unrolled {
    const { network } = this.state;
    if (this.#unrolled?.of !== network)
      this.#unrolled = { of: network, value: unroll(network.shape, network.parameters, network.inputs) };
    return this.#unrolled.value;
  }

  /** How much of the gradient reaches each step; computed once a change of what it depends on. */
  reach(): Reach {
    const { network, reach } = this.state;
    if (this.#reach?.network !== network || this.#reach.options !== reach)
      this.#reach = { network, options: reach, value: { compared: this.#comparedReach(), shown: this.#shownReach() } };
    return this.#reach.value;
  }

  /** Of the cells that are compared: an edit of the network's own numbers does not change it. */
  #comparedReach(): Reach['compared'] {
    const { network, reach } = this.state;
    const { shape, seed } = network;
    const key = JSON.stringify([comparedCells(shape.cell), shape.hidden, shape.layers, seed, reach]);
    if (this.#compared?.key !== key) {
      const { length, scale, keepBias } = reach;
      const inputs = seededInputs(seed, length);
      const of = (cell: CellId): readonly number[] => {
        const compared: NetworkShape = { ...shape, cell, direction: 'forward' };
        return gradientReach(compared, seededWeights(compared, { seed, scale, keepBias }), inputs);
      };
      this.#compared = { key, value: comparedCells(shape.cell).map((cell) => ({ cell, values: of(cell) })) };
    }
    return this.#compared.value;
  }

  #shownReach(): readonly number[] {
    const { shape, parameters, inputs } = this.state.network;
    const repeated = Array.from({ length: this.state.reach.length }, (_, step) => inputs[step % inputs.length] ?? 0);
    return gradientReach(shape, parameters, repeated);
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
    this.#setNetwork({ inputs: inputs.slice(0, maxSteps) });
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
    const stamp = ({ shape, seed, inputs, parameters }: ExplorerNetwork): string =>
      JSON.stringify([seed, inputs, sorted(shape), sorted(parameters)]);
    return stamp(this.state.network) === stamp(firstState().network);
  }

  #setNetwork(change: Partial<ExplorerNetwork>): void {
    const state = { ...this.state, network: { ...this.state.network, ...change } };
    this.#set({ ...state, place: within(state) });
  }

  #set(state: PanelState): void {
    this.state = state;
    this.#host.keep(state);
    this.#changes.tell();
  }
}

/** The basic cells, and the one that is explored where it is another. */
export function comparedCells(explored: CellId): CellId[] {
  return cellIds.filter((cell) => cellKinds[cell].isBasic === true || cell === explored);
}

const sorted = (record: object) => Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1));
