import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { Graph, Node, OperationName, PlainOperationName } from '../../../graph/node.ts';
import { unroll } from '../../../graph/unroll.ts';
import { EngineError, messageOf } from '../../../util/errors.ts';
import type { Feeds, Program } from '../../engine.ts';
import { checkedIds, floatsOf, idCounts } from '../feeds.ts';
import type { LoadedTensorflow, NativeBackend } from '../loaded.ts';
import { inTurn } from '../turns.ts';
import type { TensorflowVariables } from '../variables.ts';
import { lowerings, names } from './lowerings.ts';
import type { Lower } from './lowerings.ts';
import { SavedModelWriter, tag } from './writer.ts';

/**
 * Gives TensorFlow's own library the whole graph, so that it runs in one call: a call for each operation, as TensorFlow.js
 * makes them, takes longer than the small operations of a recurrent network themselves. The binding runs graphs that it
 * has read from a SavedModel, so the graph is written to one. Variables are fed and returned: that copies nothing.
 *
 * @throws EngineError when the library does not take the graph
 */
export async function compileNative(loaded: LoadedTensorflow, whole: Graph): Promise<Program> {
  const graph = unroll(whole);
  const folder = await mkdtemp(join(tmpdir(), 'sequence-lab-graph-'));
  try {
    await writeFile(join(folder, 'saved_model.pb'), write(graph));
    const backend = loaded.tf.backend() as NativeBackend;
    return new NativeProgram(loaded, graph, backend.loadSavedModelMetaGraph(folder, tag));
  } catch (error) {
    throw new EngineError(`TensorFlow cannot read the network: ${messageOf(error)}`, { cause: error });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function write(graph: Graph): Uint8Array {
  const writer = new SavedModelWriter();
  const values = new Map<Node, string>();
  const valueOf = (node: Node) => values.get(node) ?? '';
  for (const node of graph.nodes) {
    // The table's key and the node's operation are the same string; the type system cannot follow that, nor that no loop
    // is left in an unrolled graph.
    const lower = lowerings[node.operation as PlainOperationName] as Lower<OperationName>;
    values.set(node, lower(writer, node, node.inputs.map(valueOf)));
  }
  for (const [name, node] of graph.outputs) writer.output(names.output(name), valueOf(node));
  for (const [name, node] of graph.updates) writer.output(names.update(name), valueOf(node));
  return writer.finish();
}

class NativeProgram implements Program {
  private readonly idCounts: ReadonlyMap<string, number>;
  private readonly feedInfos: readonly { name: string }[];
  private readonly resultNames: readonly string[];
  private isDisposed = false;

  /** @param session of the graph in the binding */
  constructor(
    private readonly loaded: LoadedTensorflow,
    private readonly graph: Graph,
    private readonly session: number,
  ) {
    this.idCounts = idCounts(graph);
    const fed = [...[...graph.inputs.keys()].map(names.input), ...[...graph.variables.keys()].map(names.variable)];
    this.feedInfos = fed.map((name) => ({ name: `${name}:0` }));
    const results = [...[...graph.outputs.keys()].map(names.output), ...[...graph.updates.keys()].map(names.update)];
    this.resultNames = results.map((name) => `${name}:0`);
  }

  run(variables: TensorflowVariables, feeds: Feeds): Promise<Record<string, Float32Array>> {
    return inTurn(this.loaded, async () => {
      // The run itself keeps the thread until its end.
      await setImmediate();
      return variables.whileKept(() => this.runAlone(variables, feeds));
    });
  }

  dispose(): Promise<void> {
    return inTurn(this.loaded, () => {
      if (!this.isDisposed) this.backend.deleteSavedModel(this.session);
      this.isDisposed = true;
      return Promise.resolve();
    });
  }

  private get backend(): NativeBackend {
    return this.loaded.tf.backend() as NativeBackend;
  }

  private async runAlone(variables: TensorflowVariables, feeds: Feeds): Promise<Record<string, Float32Array>> {
    if (this.isDisposed) throw new EngineError('the program has been disposed');
    const { graph, backend } = this;
    const kept = [...graph.variables].map(([name, { shape }]) => variables.currentOf(name, shape));
    const fed = this.feed(feeds);
    let results: Tensor[] = [];
    try {
      results = backend.runSavedModel(this.session, [...fed, ...kept], this.feedInfos, this.resultNames);
      const outputs: Record<string, Float32Array> = {};
      for (const [index, name] of [...graph.outputs.keys()].entries()) {
        outputs[name] = new Float32Array((await results[index]?.data()) ?? []);
      }
      const updates = results.splice(graph.outputs.size);
      for (const [index, name] of [...graph.updates.keys()].entries()) {
        const next = updates[index];
        if (next) variables.put(name, next);
      }
      return outputs;
    } finally {
      for (const tensor of [...fed, ...results]) tensor.dispose();
    }
  }

  private feed(feeds: Feeds): Tensor[] {
    const { tf } = this.loaded;
    const checked = [...this.graph.inputs.values()].map((input) =>
      input.type === 'integer'
        ? checkedIds(input, feeds, this.idCounts.get(input.attributes.name) ?? Infinity)
        : floatsOf(input, feeds),
    );
    return [...this.graph.inputs.values()].map(({ shape, type }, index) =>
      tf.tensor(checked[index] ?? [], [...shape], type === 'integer' ? 'int32' : 'float32'),
    );
  }
}
