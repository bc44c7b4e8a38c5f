import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { createVSIX } from '@vscode/vsce';

import { thirdPartyNotices } from './notices.mjs';
import { contentProblems, withoutRuntime } from './packageContents.mjs';
import { readZip } from './zip.mjs';

/**
 * Builds the extension and packs it: `node scripts/package.mjs [PLATFORM] [--out FILE]` for one platform, as VS Code names
 * it (`linux-x64`; this machine's where it is left out), `node scripts/package.mjs --all [--out FOLDER]` for all. What the
 * packages hold is checked, and their sizes are printed. All is laid out in a folder of its own, so that a build in `dist`
 * is neither used nor touched.
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { out: { type: 'string' }, all: { type: 'boolean', default: false } },
});
const root = join(import.meta.dirname, '..');
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/** The user's limit for a package. */
const largestMiB = 35;

const binaries = join(root, 'node_modules', 'onnxruntime-node', 'bin', 'napi-v6');
const platforms = [
  ...readdirSync(binaries).flatMap((system) => readdirSync(join(binaries, system)).map((arch) => `${system}-${arch}`)),
  ...withoutRuntime,
];

/** ONNX Runtime as Node finds it from `dist`: its JavaScript, and the native library of one platform. */
function copyRuntime(dist, target) {
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

/** @throws Error for a package that holds too much or too little, or is too large */
async function pack(target, output) {
  const stage = mkdtempSync(join(tmpdir(), 'sequence-lab-package-'));
  try {
    const dist = join(stage, 'dist');
    execFileSync(process.execPath, [join(import.meta.dirname, 'build.mjs'), dist], { cwd: root, stdio: 'inherit' });
    copyRuntime(dist, target);
    const shipped = /^cli\.js$|\.cjs$|^webview\/.*\.(js|css)$/;
    const external = withoutRuntime.includes(target) ? [] : ['onnxruntime-node', 'onnxruntime-common'];
    writeFileSync(join(dist, 'THIRD_PARTY_NOTICES.txt'), thirdPartyNotices({ root, dist, shipped, external }));

    writeFileSync(join(stage, 'package.json'), `${JSON.stringify(packagedManifest(), null, 2)}\n`);
    for (const file of ['README.md', 'CHANGELOG.md', 'LICENSE', '.vscodeignore', 'media', 'docs'])
      cpSync(join(root, file), join(stage, file), { recursive: true });
    execFileSync(process.execPath, [
      join(import.meta.dirname, 'schema.mjs'),
      join(stage, 'media', 'seqlab.schema.json'),
    ]);

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

  const problems = contentProblems(
    readZip(output).map(({ path }) => path),
    target,
  );
  if (problems.length > 0) throw new Error(`${output}: ${problems.join('; ')}`);
  const mebibytes = statSync(output).size / 2 ** 20;
  console.log(`${output}: ${mebibytes.toFixed(1)} MiB`);
  if (mebibytes > largestMiB) throw new Error(`${output} is larger than ${largestMiB} MiB`);
}

const nameFor = (target) => `${manifest.name}-${target}-${manifest.version}.vsix`;
if (values.all) {
  if (positionals.length > 0) throw new Error('name a platform or --all, not both');
  const folder = resolve(values.out ?? '.');
  mkdirSync(folder, { recursive: true });
  for (const target of platforms) await pack(target, join(folder, nameFor(target)));
} else {
  const [target = `${process.platform}-${process.arch}`, ...others] = positionals;
  if (others.length > 0 || !platforms.includes(target))
    throw new Error(
      `cannot package for ${[target, ...others].join(' ')}: name one of ${platforms.join(', ')}, or --all`,
    );
  await pack(target, resolve(values.out ?? nameFor(target)));
}
