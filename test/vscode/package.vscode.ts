import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, inject, test } from 'vitest';

import { readZip } from './harness/zip.ts';

test('the package holds what runs and nothing else', () => {
  const paths = readZip(inject('vsix')).map(({ path }) => path);
  const native = `extension/dist/node_modules/onnxruntime-node/bin/napi-v6/${process.platform}/${process.arch}/`;
  const expected = [
    /^\[Content_Types\]\.xml$/,
    /^extension\.vsixmanifest$/,
    /^extension\/(package\.json|readme\.md|changelog\.md|LICENSE\.txt)$/,
    /^extension\/media\/((icon|screenshot|hidden-states|predictions)\.png|(activity|panel-light|panel-dark)\.svg|seqlab\.schema\.json)$/,
    /^extension\/dist\/(extension\.cjs|trainer\.cjs|cli\.js|THIRD_PARTY_NOTICES\.txt)$/,
    /^extension\/dist\/inference\.cjs$/,
    /^extension\/dist\/tensorflow\.cjs$/,
    /^extension\/dist\/[\w-]+\.wasm$/,
    /^extension\/dist\/webview\/[a-z]+\.(js|css)$/,
    /^extension\/dist\/node_modules\/onnxruntime-(node|common)\/(package\.json|dist\/(cjs\/)?([\w-]+\.js|package\.json))$/,
  ];
  expect(paths.filter((path) => !path.startsWith(native) && !expected.some((one) => one.test(path)))).toEqual([]);
  for (const one of expected.slice(1)) expect(paths.filter((path) => one.test(path))).not.toEqual([]);
  expect(paths.filter((path) => path.startsWith(native)).length).toBeGreaterThanOrEqual(2);
});

test('the package is at most 35 MiB', () => {
  expect(statSync(inject('vsix')).size).toBeLessThan(35 * 2 ** 20);
});

test('all that the manifest names is there, and the licences of what is bundled', () => {
  const extension = inject('extension');
  const manifest = JSON.parse(readFileSync(join(extension, 'package.json'), 'utf8')) as { main: string; icon: string };
  for (const path of [manifest.main, manifest.icon, 'media/activity.svg'])
    expect(statSync(join(extension, path)).isFile(), path).toBe(true);
  const notices = readFileSync(join(extension, 'dist', 'THIRD_PARTY_NOTICES.txt'), 'utf8');
  for (const name of ['onnxruntime-node', 'zod', 'commander', '@tensorflow/tfjs-core', '@tensorflow/tfjs-backend-wasm'])
    expect(notices).toContain(`\n${name} `);
});
