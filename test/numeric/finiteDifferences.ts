import { evaluate } from '../../src/engine/reference/engine.ts';
import type { Graph } from '../../src/graph/node.ts';

export type Numbers = Readonly<Record<string, ArrayLike<number>>>;

/** The step of the differences: in float64 their error is then about 1e-10 of the loss. */
const step = 1e-5;

/** A scalar output of a graph on the reference engine. */
export function scalar(graph: Graph, output: string, { feeds, variables }: { feeds: Numbers; variables: Numbers }) {
  return evaluate(graph, feeds, variables).outputs[output]?.data[0] ?? NaN;
}

/**
 * The derivative of `f` by each element of the variable `name`, by central differences:
 * (f(x + h) − f(x − h)) / 2h.
 */
export function finiteDifferences(f: (variables: Numbers) => number, variables: Numbers, name: string): Float64Array {
  const values = Float64Array.from(variables[name] ?? []);
  const moved = { ...variables, [name]: values };
  return values.map((value, index) => {
    values[index] = value + step;
    const above = f(moved);
    values[index] = value - step;
    const below = f(moved);
    values[index] = value;
    return (above - below) / (2 * step);
  });
}
