import { describe, expect, it, vi } from 'vitest';
import type { Engine, Variables } from '../../../src/engine/engine.ts';
import { createEngine } from '../../../src/engine/index.ts';
import { GraphBuilder } from '../../../src/graph/graph.ts';
import type { Graph, Node } from '../../../src/graph/node.ts';
import { EngineError } from '../../../src/util/errors.ts';

const cpu = (onNotice?: (sentence: string) => void): Promise<Engine> =>
  createEngine({ name: 'onnx', device: 'cpu', threads: 1, ...(onNotice ? { onNotice } : {}) });

/** y = rows of (table + step) named by ids; table becomes table + step. */
function graph(): Graph {
  const b = new GraphBuilder();
  const table = b.variable('table', [3, 2]);
  const next = b.add(table, b.input('step', [2]));
  const rows = b.gather(next, b.input('ids', [4], 'integer'));
  return b.finish({ rows, total: b.sum(next) }, new Map([[table, next]]));
}

const feeds = { step: Float32Array.of(1, 10), ids: Int32Array.of(0, 2, 2, 1) };

async function prepared(): Promise<{ engine: Engine; variables: Variables; run: (fed?: object) => Promise<object> }> {
  const engine = await cpu();
  const program = await engine.compile(graph());
  const variables = engine.createVariables();
  variables.set('table', { shape: [3, 2], data: Float32Array.of(1, 2, 3, 4, 5, 6) });
  return { engine, variables, run: (fed = feeds) => program.run(variables, fed as typeof feeds) };
}

describe('a program on ONNX Runtime', () => {
  it('returns outputs and moves variables on from run to run', async () => {
    const { variables, run } = await prepared();
    expect(await run()).toEqual({
      rows: Float32Array.of(2, 12, 6, 16, 6, 16, 4, 14),
      total: Float32Array.of(54),
    });
    expect(await run()).toMatchObject({ total: Float32Array.of(87) });
    expect(await variables.get('table')).toEqual({ shape: [3, 2], data: Float32Array.of(3, 22, 5, 24, 7, 26) });
  });

  it('gives copies: what a caller does with them changes nothing', async () => {
    const { variables, run } = await prepared();
    const given = Float32Array.of(1, 2, 3, 4, 5, 6);
    variables.set('table', { shape: [3, 2], data: given });
    given.fill(NaN);
    (await variables.get('table')).data.fill(NaN);
    const first = await run();
    expect(first).toMatchObject({ total: Float32Array.of(54) });
    await run();
    expect(first).toMatchObject({ total: Float32Array.of(54) });
  });

  it('keeps what get returned while later runs swap the buffers', async () => {
    const { variables, run } = await prepared();
    await run();
    const { data } = await variables.get('table');
    const before = data.slice();
    await run();
    await run();
    expect(data).toEqual(before);
  });

  it('shares variables with another program of its engine', async () => {
    const { engine, variables, run } = await prepared();
    const b = new GraphBuilder();
    const reader = await engine.compile(b.finish({ total: b.sum(b.variable('table', [3, 2])) }));
    await run();
    expect(await reader.run(variables, {})).toEqual({ total: Float32Array.of(54) });
  });

  it('sets variables anew between runs', async () => {
    const { variables, run } = await prepared();
    await run();
    variables.set('table', { shape: [3, 2], data: new Float32Array(6) });
    expect(await run()).toMatchObject({ total: Float32Array.of(33) });
    expect(variables.names()).toEqual(['table']);
    expect([variables.has('table'), variables.has('chair')]).toEqual([true, false]);
  });

  it('reads all updates from the old values', async () => {
    const engine = await cpu();
    const b = new GraphBuilder();
    const [x, y] = [b.variable('x', [1]), b.variable('y', [1])];
    const program = await engine.compile(
      b.finish(
        {},
        new Map([
          [x, y],
          [y, x],
        ]),
      ),
    );
    const variables = engine.createVariables();
    variables.set('x', { shape: [1], data: Float32Array.of(1) });
    variables.set('y', { shape: [1], data: Float32Array.of(2) });
    for (const expected of [2, 1, 2]) {
      await program.run(variables, {});
      expect((await variables.get('x')).data).toEqual(Float32Array.of(expected));
      expect((await variables.get('y')).data).toEqual(Float32Array.of(3 - expected));
    }
  });

  it('gives one value under several names', async () => {
    const engine = await cpu();
    const b = new GraphBuilder();
    const v = b.variable('v', [2]);
    const next = b.multiply(v, b.constant(2));
    const program = await engine.compile(b.finish({ a: next, b: next, old: v }, new Map([[v, next]])));
    const variables = engine.createVariables();
    variables.set('v', { shape: [2], data: Float32Array.of(1, 2) });
    const [a, old] = [Float32Array.of(2, 4), Float32Array.of(1, 2)];
    expect(await program.run(variables, {})).toEqual({ a, b: a, old });
    expect((await variables.get('v')).data).toEqual(a);
  });
});

describe('errors name what is wrong:', () => {
  const wrongFeeds: Record<string, readonly [object, string]> = {
    'an input that is not fed': [{ ids: feeds.ids }, 'input step was not fed; it is [2]'],
    'an input of another size': [
      { ...feeds, step: new Float32Array(3) },
      'input step takes [2] floats and was fed 3 floats',
    ],
    'ids as floats': [{ ...feeds, ids: new Float32Array(4) }, 'input ids takes [4] integers and was fed 4 floats'],
    'floats as ids': [{ ...feeds, step: new Int32Array(2) }, 'input step takes [2] floats and was fed 2 integers'],
  };
  it.each(Object.entries(wrongFeeds))('%s', async (_, [fed, message]) => {
    const { run } = await prepared();
    await expect(run(fed)).rejects.toThrow(new EngineError(message));
  });

  it('an id outside the table', async () => {
    const { run } = await prepared();
    await expect(run({ ...feeds, ids: Int32Array.of(0, 1, 2, 3) })).rejects.toThrow(/out of|bounds/);
  });

  it('a variable without a value, and one of another size', async () => {
    const engine = await cpu();
    const program = await engine.compile(graph());
    const variables = engine.createVariables();
    const none = 'variable table has no value yet; there are none';
    await expect(program.run(variables, feeds)).rejects.toThrow(new EngineError(none));
    await expect(variables.get('table')).rejects.toThrow(new EngineError(none));
    variables.set('chair', { shape: [1], data: new Float32Array(1) });
    await expect(program.run(variables, feeds)).rejects.toThrow('variable table has no value yet; there are chair');
    variables.set('table', { shape: [2, 2], data: new Float32Array(4) });
    const another = 'variable table has shape [2, 2]; the network needs [3, 2]';
    await expect(program.run(variables, feeds)).rejects.toThrow(new EngineError(another));
  });

  it('numbers that do not fill the shape', async () => {
    const { variables } = await prepared();
    expect(() => variables.set('table', { shape: [3, 2], data: new Float32Array(5) })).toThrow(
      new EngineError('variable table of shape [3, 2] was given 5 numbers'),
    );
    expect((await variables.get('table')).data).toHaveLength(6);
  });

  it('variables that were disposed', async () => {
    const { variables, run } = await prepared();
    variables.dispose();
    await expect(run()).rejects.toThrow(EngineError);
    await expect(variables.get('table')).rejects.toThrow(EngineError);
  });

  it('too large a graph, with advice', async () => {
    const engine = await cpu();
    const { nodes, ...rest } = graph();
    const huge: Graph = { ...rest, nodes: new Array<(typeof nodes)[number]>(200_001).fill(nodes[0] as Node) };
    await expect(engine.compile(huge)).rejects.toThrow(
      new EngineError(
        'the network has 200001 operations, more than the 200000 that can be prepared in reasonable time: ' +
          'reduce training.steps or model.layers',
      ),
    );
  });

  it('and a notice of a graph that takes long', async () => {
    const notices: string[] = [];
    const engine = await cpu((sentence) => notices.push(sentence));
    const b = new GraphBuilder();
    const x = b.input('x', [1]);
    const y = b.tanh(x);
    const graph = b.finish({ y });
    // The same node again is written once, so that this graph is quick to make ready after all.
    await engine.compile({ ...graph, nodes: [...graph.nodes, ...new Array<typeof y>(20_000).fill(y)] });
    expect(notices).toEqual(['The network has 20002 operations; preparing it takes a while.']);
  });
});

describe('the engine', () => {
  it('says what it is', async () => {
    const engine = await createEngine({ name: 'onnx', device: 'cpu', threads: 2 });
    expect(engine.description).toMatch(/^onnxruntime-node \d+\.\d+\.\d+ \(cpu, 2 threads\)$/);
  });

  it('takes one thread a core for 0', async () => {
    const engine = await createEngine({ name: 'onnx', device: 'cpu', threads: 0 });
    expect(engine.description).toMatch(/\(cpu, [1-9]\d* threads\)$/);
  });

  it('says what to do where ONNX Runtime has no binary', async () => {
    vi.resetModules();
    vi.doMock('onnxruntime-node', () => {
      throw new Error('Cannot find module onnxruntime_binding.node');
    });
    try {
      const { createEngine: create } = await import('../../../src/engine/index.ts');
      const failure = create({ name: 'onnx', device: 'cpu', threads: 1 });
      await expect(failure).rejects.toMatchObject({ name: 'EngineError', exitCode: 2 });
      await expect(failure).rejects.toThrow(
        /^ONNX Runtime could not be loaded on \w+ \w+: .+ It has binaries for Linux/,
      );
      await expect(failure).rejects.toThrow(/npm ci/);
    } finally {
      vi.doUnmock('onnxruntime-node');
      vi.resetModules();
    }
  });
});
