import type { Engine, Program, Variables } from '../engine/engine.ts';
import { GraphBuilder } from '../graph/graph.ts';
import { EngineError } from '../util/errors.ts';

/** Small graphs that show whether an engine computes, and how fast. */

/** The products that training spends its time on (the softmax layer of 2×200), and one that favours the machine. */
export const measuredProducts = [
  { rows: 700, inner: 200, columns: 10_000 },
  { rows: 1024, inner: 1024, columns: 1024 },
] as const;
export type ProductShape = { rows: number; inner: number; columns: number };

/** 32 MiB a vector: three of them do not fit into the caches of a desktop processor. */
export const measuredElements = 8 * 1024 * 1024;

const timeoutMilliseconds = 600;
const maxRuns = 20;

/**
 * Runs x ← x + y and the sum of x · W twice on 2 × 2 numbers.
 * @throws EngineError where the results are not what arithmetic gives
 */
export async function checkArithmetic(engine: Engine): Promise<void> {
  const b = new GraphBuilder();
  const [x, y, w] = ['x', 'y', 'w'].map((name) => b.variable(name, [2, 2])) as [Variable, Variable, Variable];
  const graph = b.finish({ product: b.matmul(x, w) }, new Map([[x, b.add(x, y)]]));
  const variables = engine.createVariables();
  const program = await engine.compile(graph);
  try {
    const values = { x: [1, 2, 3, 4], y: [1, 1, 1, 1], w: [5, 6, 7, 8] };
    for (const [name, data] of Object.entries(values)) {
      variables.set(name, { shape: [2, 2], data: Float32Array.from(data) });
    }
    for (const expected of [
      [19, 22, 43, 50],
      [31, 36, 55, 64],
    ]) {
      const { product } = await program.run(variables, {});
      const isRight = expected.every((value, index) => Math.abs((product?.[index] ?? NaN) - value) < 1e-3);
      if (isRight) continue;
      throw new EngineError(
        `it computes wrong values: a product of 2 × 2 matrices is ${expected.join(', ')} and came out as ` +
          `${product?.join(', ') ?? 'nothing'}. Update the GPU driver, or train on the CPU.`,
      );
    }
  } finally {
    variables.dispose();
    await program.dispose();
  }
}

type Variable = ReturnType<GraphBuilder['variable']>;

/** 10⁹ floating-point operations a second of a float32 product, the best of a few. */
export async function measureProduct(engine: Engine, { rows, inner, columns }: ProductShape): Promise<number> {
  const b = new GraphBuilder();
  const [left, right] = [b.variable('left', [rows, inner]), b.variable('right', [inner, columns])];
  // The sum keeps the product from being copied out of the engine.
  const program = await engine.compile(b.finish({ sum: b.sum(b.matmul(left, right)) }));
  const variables = engine.createVariables();
  variables.set('left', filled([rows, inner]));
  variables.set('right', filled([inner, columns]));
  return (2 * rows * inner * columns) / (await bestSeconds(program, variables)) / 1e9;
}

/** 10⁹ bytes a second that go to and from memory in x ← x + y, the best of a few. */
export async function measureMemory(engine: Engine, elements: number): Promise<number> {
  const b = new GraphBuilder();
  const [x, y] = [b.variable('x', [elements]), b.variable('y', [elements])];
  const next = b.add(x, y);
  // Somebody has to wait for the result, or a graphics card is asked and not measured.
  const first = b.sum(b.slice(next, 0, 0, 1));
  const program = await engine.compile(b.finish({ first }, new Map([[x, next]])));
  const variables = engine.createVariables();
  for (const name of ['x', 'y']) variables.set(name, filled([elements]));
  return (3 * 4 * elements) / (await bestSeconds(program, variables)) / 1e9;
}

/** Not zeros: pages that were never written to are all the same one. */
function filled(shape: readonly number[]) {
  return { shape, data: new Float32Array(shape.reduce((size, length) => size * length)).fill(0.5) };
}

/** The shortest run of a program after one that warms up. Disposes of both. */
async function bestSeconds(program: Program, variables: Variables): Promise<number> {
  try {
    await program.run(variables, {});
    const start = performance.now();
    let best = Infinity;
    for (let run = 0; run < maxRuns && (run < 2 || performance.now() - start < timeoutMilliseconds); run++) {
      const before = performance.now();
      await program.run(variables, {});
      best = Math.min(best, performance.now() - before);
    }
    return best / 1000;
  } finally {
    variables.dispose();
    await program.dispose();
  }
}
