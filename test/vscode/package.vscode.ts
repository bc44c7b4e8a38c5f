import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, inject, test } from 'vitest';

import { contentProblems } from '../../scripts/packageContents.mjs';
import { readZip } from '../../scripts/zip.mjs';

test('the package holds what runs and nothing else', () => {
  const paths = readZip(inject('vsix')).map(({ path }) => path);
  const target = `${process.platform}-${process.arch}`;
  expect(contentProblems(paths, target)).toEqual([]);
  expect(contentProblems([...paths, 'extension/src/extension.ts'], target)).toEqual([
    'extension/src/extension.ts does not belong there',
  ]);
  expect(
    contentProblems(
      paths.filter((path) => !path.endsWith('.wasm')),
      target,
    ),
  ).toHaveLength(1);
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
