import { afterAll, describe, expect, it } from 'vitest';
import { evaluate } from '../../src/engine/reference/engine.ts';
import { expectClose, Largest } from './close.ts';
import { everyCase, prepareCase } from './operationCases.ts';
import { testedBackends, tensorflowEngine } from './tensorflow.ts';

/** float32 has 24 bits: one rounding is 6e-8, and the longest sums here have a dozen terms. */
const operationTolerance = 1e-6;
const largest = new Largest();
afterAll(() => largest.print('TensorFlow.js against the reference engine'));

describe.each(testedBackends)('TensorFlow.js on %s computes what the reference engine computes', (backend) => {
  it.each(everyCase)('$title', async ({ operation, operationCase }) => {
    const { b, result, feeds, variables } = prepareCase(operation, operationCase);
    const graph = b.finish({ result });
    const engine = await tensorflowEngine(backend);
    expect(engine.description).toContain(backend);
    const program = await engine.compile(graph);
    const values = engine.createVariables();
    for (const [name, { shape }] of graph.variables)
      values.set(name, { shape, data: variables[name] ?? new Float32Array() });
    const outputs = await program.run(values, feeds);
    const expected = evaluate(graph, feeds, variables).outputs['result']?.data ?? [];
    const difference = expectClose(outputs['result'] ?? [], expected, { tolerance: operationTolerance });
    largest.note(`${backend}: ${operation}`, difference);
    values.dispose();
    await program.dispose();
  });
});
