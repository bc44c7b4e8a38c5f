import type { Tensor } from '@tensorflow/tfjs-core';
import { describe } from '../../../graph/node.ts';
import type { Graph, Node, NodeOf, OperationName, PlainOperationName } from '../../../graph/node.ts';
import { unroll } from '../../../graph/unroll.ts';
import type { Feeds } from '../../engine.ts';
import type { TensorflowBackend, TensorflowModule } from '../loaded.ts';

/** The place of a value in a run; a value is there from its step on until its last user has run. */
export type Slot = number;

/** What a step computes with, beside the values of other steps. */
export interface Surroundings {
  tf: TensorflowModule;
  feeds: Feeds;
}

export type Compute = (surroundings: Surroundings, inputs: Tensor[]) => Tensor;

/** One call of TensorFlow.js. Its value goes to the slot of the step's own number. */
export interface Step {
  compute: Compute;
  inputs: readonly Slot[];
  /** The slots that no later step and no result needs: freed after it. */
  frees: readonly Slot[];
}

/** A graph as calls of TensorFlow.js, in order. */
export interface Plan {
  steps: readonly Step[];
  /** The slots that variables are put into before the first step: they belong to the variables and are never freed. */
  variables: ReadonlyMap<Slot, Node & { operation: 'variable' }>;
  outputs: ReadonlyMap<string, Slot>;
  /** No slot stands here twice, and none is a variable's own: each becomes the property of its variable. */
  updates: ReadonlyMap<string, Slot>;
}

/** Adds the steps of a node to a plan, and says in which slot its value is. */
export type Lower<N extends OperationName> = (
  planner: Planner,
  node: NodeOf<N> & Node,
  inputs: readonly Slot[],
) => Slot;

/** How each operation becomes steps; loops are unrolled before. */
export type Lowerings = { readonly [N in PlainOperationName]: Lower<N> };

/** Collects the steps of a plan and never writes the same one twice. */
export class Planner {
  private readonly slots = new Map<Node, Slot>();
  private readonly known = new Map<string, Slot>();
  private readonly steps: { compute: Compute; inputs: readonly Slot[] }[] = [];
  private readonly variables = new Map<Slot, Node & { operation: 'variable' }>();

  private readonly graph: Graph;

  constructor(
    graph: Graph,
    readonly backend: TensorflowBackend,
    private readonly lowerings: Lowerings,
  ) {
    this.graph = unroll(graph);
  }

  /**
   * Adds a step.
   * @param key what it computes, beside its inputs: a step of the same key and inputs is used again. Left out for a node
   *   of the graph, where no two are the same
   */
  emit(compute: Compute, inputs: readonly Slot[], key?: string): Slot {
    const fullKey = key === undefined ? undefined : `${key} ${inputs.join()}`;
    const known = fullKey === undefined ? undefined : this.known.get(fullKey);
    if (known !== undefined) return known;
    const slot = this.steps.push({ compute, inputs }) - 1;
    if (fullKey !== undefined) this.known.set(fullKey, slot);
    return slot;
  }

  /** A slot that a variable is put into. */
  variable(node: Node & { operation: 'variable' }): Slot {
    const slot = this.emit(() => {
      throw new Error('a variable is put in, not computed');
    }, []);
    this.variables.set(slot, node);
    return slot;
  }

  slotOf(node: Node): Slot {
    const slot = this.slots.get(node);
    if (slot === undefined) throw new Error(`${describe(node)} has not been planned yet`);
    return slot;
  }

  plan(): Plan {
    for (const node of this.graph.nodes) {
      // The table's key and the node's operation are the same string; the type system cannot follow that, nor that no loop
      // is left in an unrolled graph.
      const lower = this.lowerings[node.operation as PlainOperationName] as Lower<OperationName>;
      this.slots.set(
        node,
        lower(
          this,
          node,
          node.inputs.map((input) => this.slotOf(input)),
        ),
      );
    }
    const outputs = new Map([...this.graph.outputs].map(([name, node]) => [name, this.slotOf(node)]));
    const updates = new Map<string, Slot>();
    const owned = new Set<Slot>();
    for (const [name, node] of this.graph.updates) {
      const value = this.slotOf(node);
      const isShared = this.variables.has(value) || owned.has(value);
      const slot = isShared ? this.emit(({ tf }, [x]) => tf.clone(x as Tensor), [value]) : value;
      owned.add(slot);
      updates.set(name, slot);
    }
    return {
      steps: this.withFrees([...outputs.values(), ...updates.values()]),
      variables: this.variables,
      outputs,
      updates,
    };
  }

  private withFrees(results: readonly Slot[]): Step[] {
    const kept = new Set([...results, ...this.variables.keys()]);
    const lastUser = new Map<Slot, Slot>();
    this.steps.forEach(({ inputs }, slot) => {
      // What nothing uses goes at once.
      lastUser.set(slot, slot);
      for (const input of inputs) lastUser.set(input, slot);
    });
    const frees = this.steps.map(() => [] as Slot[]);
    for (const [slot, user] of lastUser) if (!kept.has(slot)) frees[user]?.push(slot);
    return this.steps.map((step, slot) => ({ ...step, frees: frees[slot] ?? [] }));
  }
}
