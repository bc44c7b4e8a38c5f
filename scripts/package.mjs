import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { createVSIX } from '@vscode/vsce';

import { thirdPartyNotices } from './notices.mjs';

/**
 * Builds the extension and packs it for one platform: `node scripts/package.mjs [PLATFORM] [--out FILE]`, where PLATFORM is as VS
 * Code names it (`linux-x64`; this machine's where it is left out). All is laid out in a folder of its own, so that a
 * build in `dist` is neither used nor touched.
 */
const { values, positionals } = parseArgs({ allowPositionals: true, options: { out: { type: 'string' } } });
const root = join(import.meta.dirname, '..');
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const target = positionals[0] ?? `${process.platform}-${process.arch}`;
const output = resolve(values.out ?? `${manifest.name}-${target}-${manifest.version}.vsix`);

/** The user's limit for a package. */
const largestMiB = 35;

/** ONNX Runtime has no binary for them: TensorFlow.js trains there. */
const withoutRuntime = ['darwin-x64'];

/** ONNX Runtime as Node finds it from `dist`: its JavaScript, and the native library of one platform. */
function copyRuntime(dist) {
  const source = join(root, 'node_modules', 'onnxruntime-node');
  const binaries = join(source, 'bin', 'napi-v6');
  const platforms = readdirSync(binaries).flatMap((system) =>
    readdirSync(join(binaries, system)).map((arch) => `${system}-${arch}`),
  );
  const all = [...platforms, ...withoutRuntime];
  if (positionals.length > 1 || !all.includes(target))
    throw new Error(`cannot package for ${positionals.join(' ') || target}: name one of ${all.join(', ')}`);
  if (withoutRuntime.includes(target)) return;

  const [system, arch] = target.split('-');
  const modules = join(dist, 'node_modules');
  const isJavaScript = (path) => statSync(path).isDirectory() || /(\.js|package\.json)$/.test(path);
  const packages = {
    'onnxruntime-node': ['package.json', 'dist'],
    'onnxruntime-common': ['package.json', 'dist/cjs'],
  };
  for (const [name, parts] of Object.entries(packages))
    for (const part of parts)
      cpSync(join(root, 'node_modules', name, part), join(modules, name, part), {
        recursive: true,
        filter: isJavaScript,
      });
  cpSync(join(binaries, system, arch), join(modules, 'onnxruntime-node', 'bin', 'napi-v6', system, arch), {
    recursive: true,
    // On macOS the library is there twice; the binding loads it by its short name.
    filter: (path) => !/libonnxruntime\.\d+\.\d+\.\d+\.dylib$/.test(path),
  });
}

/** The manifest without what only a working copy needs. */
function packagedManifest() {
  const left = new Set(['private', 'bin', 'scripts', 'dependencies', 'devDependencies']);
  for (const key of ['optionalDependencies', 'allowScripts', 'overrides']) left.add(key);
  return Object.fromEntries(Object.entries(manifest).filter(([key]) => !left.has(key)));
}

const stage = mkdtempSync(join(tmpdir(), 'sequence-lab-package-'));
try {
  const dist = join(stage, 'dist');
  execFileSync(process.execPath, [join(import.meta.dirname, 'build.mjs'), dist], { cwd: root, stdio: 'inherit' });
  copyRuntime(dist);
  const shipped = /^cli\.js$|\.cjs$|^webview\/.*\.(js|css)$/;
  writeFileSync(
    join(dist, 'THIRD_PARTY_NOTICES.txt'),
    thirdPartyNotices({ root, dist, shipped, external: ['onnxruntime-node', 'onnxruntime-common'] }),
  );

  writeFileSync(join(stage, 'package.json'), `${JSON.stringify(packagedManifest(), null, 2)}\n`);
  for (const file of ['README.md', 'CHANGELOG.md', 'LICENSE', '.vscodeignore', 'docs', 'media'])
    cpSync(join(root, file), join(stage, file), { recursive: true });
  execFileSync(process.execPath, [join(import.meta.dirname, 'schema.mjs'), join(stage, 'media', 'seqlab.schema.json')]);

  await createVSIX({
    cwd: stage,
    target,
    packagePath: output,
    dependencies: false,
    allowMissingRepository: true,
    rewriteRelativeLinks: false,
  });
} finally {
  rmSync(stage, { recursive: true, force: true });
}

const mebibytes = statSync(output).size / 2 ** 20;
console.log(`${output}: ${mebibytes.toFixed(1)} MiB`);
if (mebibytes > largestMiB) throw new Error(`the package is larger than ${largestMiB} MiB`);
