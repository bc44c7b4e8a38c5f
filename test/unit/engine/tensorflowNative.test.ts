import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createEngine } from '../../../src/engine/index.ts';
import { loadTensorflow } from '../../../src/engine/tensorflow/library.ts';
import { EngineError } from '../../../src/util/errors.ts';

const parent = mkdtempSync(join(tmpdir(), 'seqlab-tfjs-node-'));
afterAll(() => rmSync(parent, { recursive: true, force: true }));
afterEach(() => vi.unstubAllEnvs());

const pathOf = (name: string) => JSON.stringify(createRequire(import.meta.url).resolve(name));

/**
 * Stands in for tfjs-node: TensorFlow.js's plain JavaScript under the name of the native backend. The real one computes in
 * test/numeric and test/process.
 */
const working = `
  const util = require('node:util');
  const tf = require(${pathOf('@tensorflow/tfjs-core')});
  const { MathBackendCPU } = require(${pathOf('@tensorflow/tfjs-backend-cpu')});
  if (util.isNullOrUndefined(0)) throw new Error('util.isNullOrUndefined is wrong');
  class Native extends MathBackendCPU { binding = { TF_Version: '2.9.1' }; }
  tf.registerBackend('tensorflow', () => new Native(), 3);
  tf.copyRegisteredKernels('cpu', 'tensorflow');
  tf.setBackend('tensorflow');
  module.exports = { ...tf, version: { 'tfjs-node': '4.22.0' } };
`;

const broken: Record<string, { code: string; reason: RegExp }> = {
  'throws at its import': {
    code: `throw new Error("The native addon can not be found at path: x. \\nPlease run something.");`,
    reason: /^The native addon can not be found at path: x$/,
  },
  'throws at its first operation': {
    code: `${working}; module.exports.matMul = () => { throw new TypeError('no kernel') };`,
    reason: /^no kernel$/,
  },
  'multiplies wrongly': {
    code: `${working}; module.exports.matMul = () => tf.tensor([10]);`,
    reason: /^it multiplies wrongly$/,
  },
  'falls back to another backend': {
    code: `${working}; tf.setBackend('cpu');`,
    reason: /^it computes on the backend cpu$/,
  },
  'ends the process': { code: 'process.exit(7);', reason: /^loading it ended the process with exit code 7$/ },
  crashes: { code: 'process.abort();', reason: /^loading it ended the process with (SIGABRT|exit code \d+)$/ },
};

function folderWith(name: string, code: string): string {
  const folder = join(parent, name.replaceAll(' ', '-'));
  const packageFolder = join(folder, 'node_modules', '@tensorflow', 'tfjs-node');
  mkdirSync(packageFolder, { recursive: true });
  writeFileSync(
    join(packageFolder, 'package.json'),
    JSON.stringify({ name: '@tensorflow/tfjs-node', main: 'index.js' }),
  );
  writeFileSync(join(packageFolder, 'index.js'), code);
  return folder;
}

describe('tfjs-node in a folder of the user', () => {
  it.each(Object.entries(broken))('that %s is left alone, and the reason kept', async (name, { code, reason }) => {
    const folder = folderWith(name, code);
    vi.stubEnv('SEQUENCE_LAB_TFJS_NODE', folder);
    const { backend, skipped } = await loadTensorflow();
    expect(backend).toBe('wasm');
    expect(skipped[0]).toEqual({
      what: `@tensorflow/tfjs-node in ${folder}`,
      reason: expect.stringMatching(reason) as string,
    });
  });

  it('that is not there is told of', async () => {
    const folder = join(parent, 'empty');
    vi.stubEnv('SEQUENCE_LAB_TFJS_NODE', folder);
    const notices: string[] = [];
    await createEngine({
      name: 'tensorflow',
      device: 'cpu',
      threads: 0,
      onNotice: (sentence) => notices.push(sentence),
    });
    expect(notices).toEqual([`@tensorflow/tfjs-node in ${folder} is not used: it is not installed.`]);
  });

  it('that works is taken, before anything else', async () => {
    vi.stubEnv('SEQUENCE_LAB_TFJS_NODE', folderWith('working', working));
    for (const name of ['TF_NUM_INTRAOP_THREADS', 'TF_NUM_INTEROP_THREADS']) vi.stubEnv(name, '');
    const engine = await createEngine({ name: 'tensorflow', device: 'cpu', threads: 3 });
    expect(engine.description).toBe('@tensorflow/tfjs-node 4.22.0 (tensorflow 2.9.1, 3 threads)');
    expect(process.env['TF_NUM_INTRAOP_THREADS']).toBe('3');
    expect(process.env['TF_NUM_INTEROP_THREADS']).toBe('3');
  });

  it('is asked for by name, and missing', async () => {
    vi.stubEnv('SEQUENCE_LAB_TFJS_NODE', folderWith('bad', 'throw new Error("no such library")'));
    await expect(loadTensorflow({ backend: 'tensorflow' })).rejects.toThrow(
      /^TensorFlow\.js cannot compute here: @tensorflow\/tfjs-node in .*bad: no such library\. Train with/,
    );
  });
});

describe('the choice of an engine', () => {
  beforeEach(() => vi.resetModules());
  afterEach(() => vi.doUnmock('onnxruntime-node'));
  const withoutOnnx = async () => {
    vi.doMock('onnxruntime-node', () => {
      throw new Error('no binary');
    });
    return import('../../../src/engine/index.ts');
  };

  it('auto is ONNX Runtime where it loads', async () => {
    const notices: string[] = [];
    const onNotice = (sentence: string) => notices.push(sentence);
    const engine = await createEngine({ name: 'auto', device: 'cpu', threads: 1, onNotice });
    expect(engine.description).toMatch(/^onnxruntime-node/);
    expect(notices).toEqual([]);
  });

  it('auto is TensorFlow.js where ONNX Runtime does not load, and says why', async () => {
    const notices: string[] = [];
    const onNotice = (sentence: string) => notices.push(sentence);
    const index = await withoutOnnx();
    const engine = await index.createEngine({ name: 'auto', device: 'cpu', threads: 1, onNotice });
    expect(engine.description).toMatch(/^@tensorflow\/tfjs-/);
    expect(notices).toEqual([expect.stringMatching(/^ONNX Runtime could not be loaded on .* is used instead\./)]);
  });

  it('auto on a GPU is ONNX Runtime or nothing', async () => {
    const index = await withoutOnnx();
    const created = index.createEngine({ name: 'auto', device: 'webgpu', threads: 1 });
    await expect(created).rejects.toThrow('ONNX Runtime could not be loaded');
  });

  it('refuses TensorFlow.js on a GPU', async () => {
    const created = createEngine({ name: 'tensorflow', device: 'webgpu', threads: 0 });
    await expect(created).rejects.toBeInstanceOf(EngineError);
  });
});
