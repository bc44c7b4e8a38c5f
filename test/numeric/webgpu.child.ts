/**
 * Runs in a process of its own, whose environment names a Vulkan driver: every operation's case and a tiny training
 * run on ONNX Runtime's WebGPU provider, written to stdout as one JSON object.
 */
import type { Engine } from '../../src/engine/engine.ts';
import { createEngine } from '../../src/engine/index.ts';
import { GraphBuilder } from '../../src/graph/graph.ts';
import { scenario, trainOnEngine } from './languageModel.ts';
import { everyCase, prepareCase } from './operationCases.ts';
import { webgpuScenarios } from './webgpu.ts';
import type { WebgpuResult } from './webgpu.ts';

/** All cases as one graph, since each session compiles its shaders anew. */
async function runOperations(engine: Engine): Promise<WebgpuResult['operations']> {
  const b = new GraphBuilder();
  const prepared = everyCase.map(({ title, operation, operationCase }, index) => ({
    title,
    ...prepareCase(operation, operationCase, { b, prefix: `case${index}.` }),
  }));
  const outputs = Object.fromEntries(prepared.map(({ title, result }) => [title, result]));
  const graph = b.finish(outputs);
  const program = await engine.compile(graph);
  const values = engine.createVariables();
  const given = new Map(prepared.flatMap(({ variables }) => Object.entries(variables)));
  for (const [name, { shape }] of graph.variables)
    values.set(name, { shape, data: given.get(name) ?? new Float32Array() });
  const feeds = Object.fromEntries(prepared.flatMap(({ feeds }) => Object.entries(feeds)));
  const results = await program.run(values, feeds);
  await program.dispose();
  return Object.fromEntries(Object.entries(results).map(([title, data]) => [title, [...data]]));
}

async function main(): Promise<void> {
  const engine = await createEngine({ name: 'onnx', device: 'webgpu', threads: 1 });
  const operations = await runOperations(engine);
  const training: WebgpuResult['training'] = {};
  for (const [title, options] of Object.entries(webgpuScenarios)) {
    const { costs, norms, variables } = await trainOnEngine(engine, scenario(options));
    const after = [...variables].map(([name, data]) => [name, Array.from(data)] as const);
    training[title] = { costs, norms, variables: Object.fromEntries(after) };
  }
  process.stdout.write(JSON.stringify({ operations, training } satisfies WebgpuResult));
}

await main();
