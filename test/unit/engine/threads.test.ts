import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { cellIds } from '../../../src/config/cells.ts';
import { configurationSchema } from '../../../src/config/schema.ts';
import { loweringFor, lowerToOnnx } from '../../../src/engine/onnx/lower.ts';
import { modelProto } from '../../../src/engine/onnx/schema.ts';
import { GraphBuilder } from '../../../src/graph/graph.ts';
import { buildLanguageModel } from '../../../src/model/languageModel.ts';
import { buildTrainingGraph } from '../../../src/training/trainingGraph.ts';
import { everyCase, prepareCase } from '../../numeric/operationCases.ts';

const audit = readFileSync(new URL('../../../src/engine/onnx/threads.md', import.meta.url), 'utf8');

/** The operators in the table's first column. */
const audited = new Set(
  [...audit.matchAll(/^\| ([A-Z*][^|]*) \|/gm)].flatMap(([, names = '']) =>
    names
      .replaceAll('*', '')
      .split(',')
      .map((name) => name.trim()),
  ),
);

interface GraphMessage {
  node?: { opType: string; attribute?: { g?: GraphMessage }[] }[];
}

function operatorsIn(graph: GraphMessage): string[] {
  return (graph.node ?? []).flatMap(({ opType, attribute = [] }) => [
    opType,
    ...attribute.flatMap(({ g }) => (g ? operatorsIn(g) : [])),
  ]);
}

function written(bytes: Uint8Array): string[] {
  const type = modelProto();
  return operatorsIn((type.toObject(type.decode(bytes)) as { graph: GraphMessage }).graph);
}

describe('the audit of operators', () => {
  const found = new Set<string>();
  const devices = ['cpu', 'webgpu'] as const;
  for (const device of devices) {
    for (const { operation, operationCase } of everyCase) {
      const { b, result } = prepareCase(operation, operationCase);
      for (const name of written(lowerToOnnx(b.finish({ result }), loweringFor[device]).bytes)) found.add(name);
    }
    for (const cell of cellIds) {
      const configuration = configurationSchema.parse({ model: { cell, hiddenSize: 8 }, training: { steps: 5 } });
      const b = new GraphBuilder();
      const { losses } = buildLanguageModel(b, { ...configuration, vocabularySize: 50, batchSize: 1, steps: 5 });
      for (const graph of [buildTrainingGraph(configuration, 3000).graph, b.finish({ losses })]) {
        for (const name of written(lowerToOnnx(graph, loweringFor[device]).bytes)) found.add(name);
      }
    }
  }

  it('has every operator that the lowering writes, and no other', () => {
    expect([...found].filter((name) => !audited.has(name))).toEqual([]);
    expect([...audited].filter((name) => !found.has(name))).toEqual([]);
  });

  it('holds for the version that is installed', () => {
    const { version } = JSON.parse(
      readFileSync(new URL('../../../node_modules/onnxruntime-node/package.json', import.meta.url), 'utf8'),
    ) as { version: string };
    expect(audit).toContain(`ONNX Runtime ${version.replace(/\.\d+$/, '')}`);
  });
});
