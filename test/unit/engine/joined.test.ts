import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Engine, Program, Variables } from '../../../src/engine/engine.ts';
import { createEngine } from '../../../src/engine/index.ts';
import { joinsOf, updateOf } from '../../../src/engine/onnx/joined.ts';
import { GraphBuilder } from '../../../src/graph/graph.ts';
import type { Graph, Node, NodeOf } from '../../../src/graph/node.ts';

/** Rows w [2, 2] and v [2], laid end to end: [3, 2]. */
function start() {
  const b = new GraphBuilder();
  const [w, v] = [b.variable('w', [2, 2]), b.variable('v', [2])];
  const whole = b.join([w, b.reshape(v, [1, 2])], 0);
  return { b, w, v, whole };
}

type Updates = ReadonlyMap<NodeOf<'variable'>, Node>;
const namesIn = (graph: Graph) => [...joinsOf(graph.nodes).values()].map(({ names }) => names.join('+'));

describe('variables are laid end to end', () => {
  it('where a node joins them by rows, each once', () => {
    const { b, w, v, whole } = start();
    expect(namesIn(b.finish({ whole }))).toEqual(['w+v']);
    expect(namesIn(b.finish({ twice: b.join([w as Node, w as Node], 0) }))).toEqual([]);
    expect(namesIn(b.finish({ columns: b.join([w as Node, w as Node], 1) }))).toEqual([]);
    expect(namesIn(b.finish({ mixed: b.join([b.tanh(w as Node), b.reshape(v as Node, [1, 2])], 0) }))).toEqual([]);
  });

  it('in one order: of joins that share a variable, the first', () => {
    const { b, w, whole } = start();
    const other = b.join([w, b.variable('u', [1, 2])], 0);
    expect(namesIn(b.finish({ whole, other }))).toEqual(['w+v']);
  });

  it('and updated as one where one node holds the rows of all', () => {
    const { b, whole } = start();
    const [joined] = joinsOf([whole]).values();
    if (!joined) throw new Error('w and v are joined');
    const next = b.subtract(whole, b.constant(1));
    const [first, last] = [b.slice(next, 0, 0, 2), b.reshape(b.slice(next, 0, 2, 3), [2])];
    expect(
      updateOf(
        joined,
        new Map([
          ['w', first],
          ['v', last],
        ]),
      ),
    ).toBe(next);
    expect(updateOf(joined, new Map([['w', first]]))).toBeUndefined();
    expect(
      updateOf(
        joined,
        new Map([
          ['w', first],
          ['v', b.reshape(b.slice(next, 0, 1, 2), [2])],
        ]),
      ),
    ).toBeUndefined();
  });
});

describe('joined variables in memory', () => {
  let engine: Engine;
  const programs: Program[] = [];
  beforeAll(async () => {
    engine = await createEngine({ name: 'onnx', device: 'cpu', threads: 1 });
  });
  afterAll(async () => {
    for (const program of programs) await program.dispose();
  });

  async function compile(
    outputs: (parts: ReturnType<typeof start>) => Record<string, Node>,
    updates?: (parts: ReturnType<typeof start>) => Updates,
  ): Promise<Program> {
    const parts = start();
    const program = await engine.compile(parts.b.finish(outputs(parts), updates?.(parts)));
    programs.push(program);
    return program;
  }

  function variables(): Variables {
    const made = engine.createVariables();
    made.set('w', { shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) });
    made.set('v', { shape: [2], data: Float32Array.of(5, 6) });
    return made;
  }

  /** Adds 1 to both; `late` is what only a copy of the old value gives, where it is asked for. */
  const both = ({ b, w, v, whole }: ReturnType<typeof start>): Updates => {
    const next = b.add(whole, b.constant(1));
    return new Map([
      [w, b.slice(next, 0, 0, 2)],
      [v, b.reshape(b.slice(next, 0, 2, 3), [2])],
    ]);
  };
  const sum = ({ b, whole }: ReturnType<typeof start>) => ({ whole: b.multiply(whole, b.constant(2)) });
  const data = async (made: Variables, name: string) => [...(await made.get(name)).data];

  it('are updated in place or beside it, and read by other programs one by one or together', async () => {
    const made = variables();
    const [inPlace, beside] = [await compile(() => ({}), both), await compile(sum, both)];
    const single = await compile(({ w, v }) => ({ w: w, v: v }));
    await inPlace.run(made, {});
    expect(await single.run(made, {})).toEqual({ w: Float32Array.of(2, 3, 4, 5), v: Float32Array.of(6, 7) });
    expect(await beside.run(made, {})).toEqual({ whole: Float32Array.of(4, 6, 8, 10, 12, 14) });
    expect(await beside.run(made, {})).toEqual({ whole: Float32Array.of(6, 8, 10, 12, 14, 16) });
    await inPlace.run(made, {});
    expect([await data(made, 'w'), await data(made, 'v')]).toEqual([
      [5, 6, 7, 8],
      [9, 10],
    ]);
    expect(await single.run(made, {})).toEqual({ w: Float32Array.of(5, 6, 7, 8), v: Float32Array.of(9, 10) });
    made.dispose();
  });

  it('take values that are set, whatever was run before', async () => {
    const made = variables();
    const program = await compile(sum, both);
    await program.run(made, {});
    made.set('v', { shape: [2], data: Float32Array.of(50, 60) });
    expect(await program.run(made, {})).toEqual({ whole: Float32Array.of(4, 6, 8, 10, 100, 120) });
    made.set('w', { shape: [4], data: Float32Array.of(1, 2, 3, 4) });
    expect((await made.get('w')).shape).toEqual([4]);
    made.set('w', { shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) });
    expect(await program.run(made, {})).toEqual({ whole: Float32Array.of(2, 4, 6, 8, 102, 122) });
    made.set('w', { shape: [3], data: Float32Array.of(1, 2, 3) });
    await expect(program.run(made, {})).rejects.toThrow('variable w has shape [3]; the network needs [2, 2]');
    made.dispose();
  });

  it('keep up with a program that updates one of them alone', async () => {
    const made = variables();
    const alone = await compile(sum, ({ b, w }) => new Map([[w, b.tanh(b.multiply(w, b.constant(0)))]]));
    expect(await alone.run(made, {})).toEqual({ whole: Float32Array.of(2, 4, 6, 8, 10, 12) });
    expect(await alone.run(made, {})).toEqual({ whole: Float32Array.of(0, 0, 0, 0, 10, 12) });
    const added = await compile(sum, ({ b, w, whole }) => new Map([[w, b.add(w, b.slice(whole, 0, 1, 3))]]));
    made.set('w', { shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) });
    expect(await added.run(made, {})).toEqual({ whole: Float32Array.of(2, 4, 6, 8, 10, 12) });
    expect(await added.run(made, {})).toEqual({ whole: Float32Array.of(8, 12, 16, 20, 10, 12) });
    made.dispose();
  });

  it('are laid anew for a program that takes them in another order', async () => {
    const made = variables();
    const turned = await compile(({ b, w, v }) => ({
      whole: b.multiply(b.join([b.reshape(v, [1, 2]), w], 0), b.constant(2)),
    }));
    const program = await compile(sum, both);
    await program.run(made, {});
    expect(await turned.run(made, {})).toEqual({ whole: Float32Array.of(12, 14, 4, 6, 8, 10) });
    expect(await program.run(made, {})).toEqual({ whole: Float32Array.of(4, 6, 8, 10, 12, 14) });
    made.dispose();
  });
});
