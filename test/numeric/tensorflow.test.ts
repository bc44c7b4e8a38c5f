import { describe, expect, it } from 'vitest';
import type { Engine, Program, Variables } from '../../src/engine/engine.ts';
import { createTensorflowEngine } from '../../src/engine/tensorflow/engine.ts';
import { loadTensorflow } from '../../src/engine/tensorflow/library.ts';
import { gradients } from '../../src/graph/gradients.ts';
import { GraphBuilder } from '../../src/graph/graph.ts';
import type { Graph, Node, NodeOf } from '../../src/graph/node.ts';
import { EngineError } from '../../src/util/errors.ts';
import { testedBackends, tensorflowEngine } from './tensorflow.ts';

async function prepared(engine: Engine, graph: Graph, values: Record<string, ArrayLike<number>> = {}) {
  const program: Program = await engine.compile(graph);
  const variables: Variables = engine.createVariables();
  for (const [name, { shape }] of graph.variables)
    variables.set(name, { shape, data: Float32Array.from(values[name] ?? []) });
  return { program, variables };
}

/** A step of training with a table of words, products and a cross entropy: each kind of step that a plan has. */
function tinyTraining() {
  const b = new GraphBuilder();
  const [table, weights, norm] = [b.variable('table', [4, 2]), b.variable('weights', [2, 4]), b.variable('norm', [])];
  const ids = b.input('ids', [3], 'integer');
  const logits = b.matmul(b.tanh(b.gather(table, ids)), weights, { scale: 0.5 });
  const cost = b.sum(b.crossEntropy(logits, ids));
  const updates = new Map<NodeOf<'variable'>, Node>([[norm, b.maximum(b.sumOfSquares(logits), b.constant(1))]]);
  for (const [parameter, gradient] of gradients(b, cost, [table, weights] as (NodeOf<'variable'> & Node)[]))
    updates.set(parameter, b.subtract(parameter, b.multiply(gradient, b.constant(0.01))));
  return {
    graph: b.finish({ cost }, updates),
    values: { table: [1, 2, 3, 4, 5, 6, 7, 8], weights: [8, 7, 6, 5, 4, 3, 2, 1], norm: [0] },
    feeds: { ids: Int32Array.of(0, 3, 3) },
  };
}

describe.each(testedBackends)('the engine tensorflow on %s', (backend) => {
  it('says what it computes with', async () => {
    const { description } = await tensorflowEngine(backend);
    const [library, name] = backend === 'tensorflow' ? ['node', 'tensorflow 2.9.1'] : [`backend-${backend}`, backend];
    expect(description).toBe(`@tensorflow/tfjs-${library} 4.22.0 (${name}, 1 thread)`);
  });

  it('frees all that it makes: a thousand steps end with as many tensors as the first', async () => {
    const { tf } = await loadTensorflow({ backend });
    const before = tf.memory().numTensors;
    const { graph, values, feeds } = tinyTraining();
    const { program, variables } = await prepared(await tensorflowEngine(backend), graph, values);
    await program.run(variables, feeds);
    const { numTensors, numBytes } = tf.memory();
    expect(numTensors - before).toBe(graph.variables.size);
    for (let step = 1; step < 1000; step++) await program.run(variables, feeds);
    expect(tf.memory()).toMatchObject({ numTensors, numBytes });
    variables.dispose();
    await program.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('frees all that it has made when a run fails, and goes on after it', async () => {
    const { tf } = await loadTensorflow({ backend });
    const before = tf.memory().numTensors;
    const b = new GraphBuilder();
    const [x, ids] = [b.variable('x', [3, 2]), b.input('ids', [2], 'integer')];
    const graph = b.finish({ rows: b.gather(b.multiply(x, b.constant(2)), ids) });
    const { program, variables } = await prepared(await tensorflowEngine(backend), graph, { x: [1, 2, 3, 4, 5, 6] });
    const failing = [
      [{}, 'input ids was not fed; it is [2]'],
      [{ ids: Int32Array.of(1) }, 'input ids takes [2] integers and was fed 1 integers'],
      [{ ids: Float32Array.of(1, 2) }, 'input ids takes [2] integers and was fed 2 floats'],
      [{ ids: Int32Array.of(0, 3) }, 'input ids holds the id 3, which is not in 0…2'],
      [{ ids: Int32Array.of(-1, 0) }, 'input ids holds the id -1, which is not in 0…2'],
    ] as const;
    for (const [feeds, message] of failing) {
      await expect(program.run(variables, feeds)).rejects.toThrow(new EngineError(message));
      expect(tf.memory().numTensors).toBe(before + 1);
    }
    const { rows } = await program.run(variables, { ids: Int32Array.of(2, 0) });
    expect(rows).toEqual(Float32Array.of(10, 12, 2, 4));
    await program.dispose();
    await expect(program.run(variables, { ids: Int32Array.of(2, 0) })).rejects.toThrow('has been disposed');
    variables.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('passes NaN on, so that a network that has diverged is seen', async () => {
    const b = new GraphBuilder();
    const [x, y] = [b.variable('x', [4]), b.variable('y', [4])] as never[];
    const logits = b.variable('logits', [2, 2]) as never;
    const targets = b.input('targets', [2], 'integer');
    if (!x || !y) throw new Error('no operands');
    const graph = b.finish({
      larger: b.maximum(x, y),
      sum: b.sumOfSquares(x),
      losses: b.crossEntropy(logits, targets),
    });
    const values = { x: [NaN, 1, NaN, 2], y: [1, NaN, NaN, Infinity], logits: [NaN, 1, 2, 2] };
    const { program, variables } = await prepared(await tensorflowEngine(backend), graph, values);
    const { larger, sum, losses } = await program.run(variables, { targets: Int32Array.of(1, 1) });
    expect(larger).toEqual(Float32Array.of(NaN, NaN, NaN, Infinity));
    expect(sum).toEqual(Float32Array.of(NaN));
    expect(losses?.[0]).toBeNaN();
    expect(losses?.[1]).toBeCloseTo(Math.log(2), 6);
    variables.dispose();
  });

  it('ends a loss at 87.3 nats, as ONNX Runtime does', async () => {
    const b = new GraphBuilder();
    const logits = b.variable('logits', [2, 2]) as never;
    const graph = b.finish({ losses: b.crossEntropy(logits, b.input('targets', [2], 'integer')) });
    const { program, variables } = await prepared(await tensorflowEngine(backend), graph, { logits: [0, -500, 80, 0] });
    const { losses } = await program.run(variables, { targets: Int32Array.of(1, 1) });
    expect(losses?.[0]).toBeCloseTo(126 * Math.log(2), 4);
    expect(losses?.[1]).toBeCloseTo(80, 4);
    variables.dispose();
  });

  it('gives updates the old values of all variables, also where they change places', async () => {
    const b = new GraphBuilder();
    const [x, y, z] = [b.variable('x', [2]), b.variable('y', [2]), b.variable('z', [2])];
    const doubled = b.multiply(x, b.constant(2));
    const graph = b.finish(
      { doubled },
      new Map([
        [x, y],
        [y, doubled],
        [z, doubled],
      ]),
    );
    const { program, variables } = await prepared(await tensorflowEngine(backend), graph, {
      x: [1, 2],
      y: [3, 4],
      z: [0, 0],
    });
    const outputs = await Promise.all([program.run(variables, {}), program.run(variables, {})]);
    expect(outputs.map((output) => [...(output['doubled'] ?? [])])).toEqual([
      [2, 4],
      [6, 8],
    ]);
    const after = await Promise.all(['x', 'y', 'z'].map(async (name) => [...(await variables.get(name)).data]));
    expect(after).toEqual([
      [2, 4],
      [6, 8],
      [6, 8],
    ]);
    variables.dispose();
  });

  it('copies what it is given, and gives copies', async () => {
    const variables = (await tensorflowEngine(backend)).createVariables();
    const data = Float32Array.of(1, 2);
    variables.set('x', { shape: [2], data });
    data[0] = 9;
    const first = await variables.get('x');
    first.data[1] = 9;
    expect(await variables.get('x')).toEqual({ shape: [2], data: Float32Array.of(1, 2) });
    expect([variables.has('x'), variables.has('y'), variables.names()]).toEqual([true, false, ['x']]);
    await expect(variables.get('y')).rejects.toThrow('variable y has no value yet; there are x');
    expect(() => variables.set('x', { shape: [3], data })).toThrow('variable x of shape [3] was given 2 numbers');
    variables.dispose();
  });
});

describe('the engine tensorflow', () => {
  it('refuses a GPU and says what to do', async () => {
    await expect(createTensorflowEngine({ device: 'webgpu', threads: 0 })).rejects.toThrow(
      /^TensorFlow\.js computes on the CPU here .* set engine\.device to "cpu"/,
    );
  });

  it('runs programs of all backends at once, each on its own', async () => {
    const b = new GraphBuilder();
    const graph = b.finish({ y: b.matmul(b.variable('x', [2, 2]), b.variable('x', [2, 2])) });
    const both = await Promise.all(
      testedBackends.map(async (backend) => prepared(await tensorflowEngine(backend), graph, { x: [1, 2, 3, 4] })),
    );
    const runs = await Promise.all(both.map(({ program, variables }) => program.run(variables, {})));
    for (const { y } of runs) expect(y).toEqual(Float32Array.of(7, 10, 15, 22));
    for (const { variables } of both) variables.dispose();
  });

  it('lets the event loop turn within a run, and keeps variables that are replaced meanwhile', async () => {
    const engine = await tensorflowEngine('cpu');
    const b = new GraphBuilder();
    const x = b.variable('x', [100, 100]) as never;
    const graph = b.finish({ y: b.sum(Array.from({ length: 250 }).reduce<never>((y) => b.matmul(x, y) as never, x)) });
    const { program, variables } = await prepared(engine, graph, { x: new Array<number>(100 * 100).fill(0) });
    let turns = 0;
    const timer = setInterval(() => {
      turns++;
      variables.set('x', { shape: [100, 100], data: new Float32Array(100 * 100).fill(NaN) });
    }, 1);
    const { y } = await program.run(variables, {});
    clearInterval(timer);
    expect(y).toEqual(Float32Array.of(0));
    expect(turns).toBeGreaterThan(0);
    variables.dispose();
  });
});
