import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEngine } from '../../src/engine/index.ts';
import { evaluate } from '../../src/engine/reference/engine.ts';
import { expectClose, Largest } from './close.ts';
import { scenario, trainOnEngine } from './languageModel.ts';
import { everyCase, prepareCase } from './operationCases.ts';
import { webgpuResultSchema, webgpuScenarios } from './webgpu.ts';
import type { WebgpuResult } from './webgpu.ts';

/**
 * ONNX Runtime's WebGPU provider on Chromium's software Vulkan (SwiftShader), which needs no GPU. SEQLAB_VULKAN_DRIVER
 * names another driver's .json, for instance a real GPU's.
 */
const driver = [
  process.env['SEQLAB_VULKAN_DRIVER'],
  '/usr/lib/chromium/vk_swiftshader_icd.json',
  '/usr/lib/chromium-browser/vk_swiftshader_icd.json',
  '/opt/google/chrome/vk_swiftshader_icd.json',
].find((path) => path !== undefined && existsSync(path));
const loader = ['/usr/lib/x86_64-linux-gnu', '/usr/lib/aarch64-linux-gnu', '/usr/lib64', '/usr/lib'].find((folder) =>
  existsSync(join(folder, 'libvulkan.so.1')),
);
const missing = [driver ? '' : "Chromium's vk_swiftshader_icd.json", loader ? '' : 'libvulkan.so.1'].filter(Boolean);
if (missing.length > 0) console.log(`WebGPU is not tested: there is no ${missing.join(' and no ')} here`);

const largest = new Largest();
afterAll(() => largest.print('WebGPU'));

/** Bundles the child below node_modules, where onnxruntime-node is found, and runs it with the driver. */
async function runChild(): Promise<WebgpuResult> {
  const cache = fileURLToPath(new URL('../../node_modules/.cache/', import.meta.url));
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, 'webgpu-'));
  try {
    const outfile = join(folder, 'child.mjs');
    await build({
      entryPoints: [fileURLToPath(new URL('webgpu.child.ts', import.meta.url))],
      outfile,
      bundle: true,
      platform: 'node',
      format: 'esm',
      external: ['onnxruntime-node'],
      banner: {
        js: "import { createRequire as toRequire } from 'node:module'; const require = toRequire(import.meta.url);",
      },
    });
    const { stdout } = await promisify(execFile)(process.execPath, [outfile], {
      env: { ...process.env, VK_DRIVER_FILES: driver, VK_ICD_FILENAMES: driver },
      maxBuffer: 64 * 2 ** 20,
      timeout: 120_000,
    });
    return webgpuResultSchema.parse(JSON.parse(stdout));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

describe.skipIf(missing.length > 0)(`WebGPU (${dirname(driver ?? '')})`, () => {
  let result: WebgpuResult;
  beforeAll(async () => {
    result = await runChild();
  }, 150_000);

  it('computes every operation as the reference engine does, to 2e-6', () => {
    for (const { title, operation, operationCase } of everyCase) {
      const { b, result: node, feeds, variables } = prepareCase(operation, operationCase);
      const expected = evaluate(b.finish({ node }), feeds, variables).outputs['node']?.data ?? [];
      const actual = result.operations[title] ?? [];
      largest.note(operation, expectClose(actual, expected, { tolerance: 2e-6, what: title }));
    }
  });

  it.each(Object.entries(webgpuScenarios))('trains as the CPU does, to 1e-4 (%s)', async (title, options) => {
    const cpu = await trainOnEngine(await createEngine({ name: 'onnx', device: 'cpu', threads: 1 }), scenario(options));
    const gpu = result.training[title];
    largest.note(`${title}: costs`, expectClose(gpu?.costs ?? [], cpu.costs, { tolerance: 1e-4, what: 'costs' }));
    largest.note(`${title}: norms`, expectClose(gpu?.norms ?? [], cpu.norms, { tolerance: 1e-4, what: 'norms' }));
    expect(Object.keys(gpu?.variables ?? {}).sort()).toEqual([...cpu.variables.keys()].sort());
    for (const [name, data] of cpu.variables) {
      const difference = expectClose(gpu?.variables[name] ?? [], data, { tolerance: 1e-4, what: name });
      largest.note(`${title}: variables`, difference);
    }
  });
});
