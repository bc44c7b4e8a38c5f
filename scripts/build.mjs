import { copyFileSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { build, context } from 'esbuild';

/**
 * Builds everything into a folder: `node scripts/build.mjs [FOLDER] [--watch]`. Without a folder it is `dist`; tests name one
 * of their own. With `--watch` it stays and builds again whatever has changed, until it is interrupted.
 */
const isWatching = process.argv.includes('--watch');
const outdir = process.argv.slice(2).find((argument) => argument !== '--watch') ?? 'dist';
rmSync(outdir, { recursive: true, force: true });

/** zod carries its messages in fifty languages, which is a third of the extension and an eighth of the time to load it. */
const englishZod = {
  name: 'english-zod',
  setup(building) {
    building.onLoad({ filter: /zod[\\/]v4[\\/]locales[\\/]index\.js$/ }, ({ path }) => ({
      contents: "export { default as en } from './en.js';",
      resolveDir: dirname(path),
    }));
  },
};

/** TensorFlow.js is a megabyte that few need: a bundle of its own, read when the engine is made. */
const tensorflowApart = {
  name: 'tensorflow-apart',
  setup(building) {
    building.onResolve({ filter: /^\.\/library\.ts$/ }, ({ importer }) =>
      /engine[\\/]tensorflow[\\/][^\\/]+$/.test(importer) ? { path: './tensorflow.cjs', external: true } : undefined,
    );
  },
};

/** Its main file is UMD, whose own require() no bundler can follow. */
const alias = { 'jsonc-parser': 'jsonc-parser/lib/esm/main.js' };

/** What runs in Node: bundled whole but for ONNX Runtime, whose native library stays a package of its own. */
const node = {
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  sourcemap: true,
  outdir,
  metafile: true,
  // A fifth of what a command without training takes is reading its script. Names stay, for the stacks of --verbose.
  minifyWhitespace: true,
  minifySyntax: true,
  plugins: [englishZod, tensorflowApart],
  alias,
  external: ['onnxruntime-node', '@tensorflow/tfjs-node'],
  // CommonJS dependencies call require(), which ES modules lack.
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  },
  logLevel: 'warning',
};

const processes = {
  ...node,
  entryPoints: {
    cli: 'src/cli/main.ts',
    bench: 'test/bench/main.ts',
    readerBench: 'test/bench/readerBench.ts',
    probeBench: 'test/bench/probeBench.ts',
    tensorflowBench: 'test/bench/tensorflowBench.ts',
    inferenceBench: 'test/bench/inferenceBench.ts',
  },
};

/**
 * A CommonJS child has read its whole program before it reads the channel to its parent. While an ES module is loaded
 * the channel is read already: what a parent asked for that died just then would be lost.
 */
const children = {
  ...node,
  banner: {},
  format: 'cjs',
  outExtension: { '.js': '.cjs' },
  entryPoints: { trainer: 'src/training/main.ts', inference: 'src/inference/main.ts' },
};

const tensorflow = {
  ...node,
  banner: {},
  format: 'cjs',
  outExtension: { '.js': '.cjs' },
  define: { 'import.meta.dirname': '__dirname' },
  entryPoints: { tensorflow: 'src/engine/tensorflow/library.ts' },
};

/** The extension host loads CommonJS in every version that we support; VS Code 1.101 carries Node 22. */
const extension = {
  bundle: true,
  metafile: true,
  plugins: [englishZod],
  alias,
  platform: 'node',
  target: 'node22',
  format: 'cjs',
  sourcemap: true,
  outdir,
  external: ['vscode'],
  // zod asks it whether it is in Cloudflare's workers; VS Code logs an error where an extension asks for it.
  define: { navigator: 'undefined' },
  // Half of what activation takes is reading the script. Names stay, for the log's sake.
  minifyWhitespace: true,
  minifySyntax: true,
  outExtension: { '.js': '.cjs' },
  entryPoints: { extension: 'src/extension.ts' },
  logLevel: 'warning',
};

/** One script and one style sheet a panel. */
const panels = {
  bundle: true,
  metafile: true,
  plugins: [englishZod],
  platform: 'browser',
  target: 'chrome130',
  format: 'iife',
  minify: true,
  sourcemap: true,
  outdir: `${outdir}/webview`,
  entryPoints: {
    curves: 'webview/curves/main.ts',
    cell: 'webview/cell/main.ts',
    predictions: 'webview/predictions/main.ts',
    states: 'webview/states/main.ts',
  },
  logLevel: 'warning',
};

const bundles = [processes, children, tensorflow, extension, panels];

/** WebAssembly's files lie beside the bundle of TensorFlow.js, which runs the one with threads in browsers only. */
function copyWasm() {
  const wasmFolder = dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm'));
  for (const file of readdirSync(wasmFolder))
    if (/^(?!.*threaded).*\.wasm$/.test(file)) copyFileSync(join(wasmFolder, file), join(outdir, file));
}

async function buildOnce() {
  const outputs = {};
  for (const options of bundles) Object.assign(outputs, (await build(options)).metafile.outputs);
  copyWasm();
  // What each file was made of: the notices of a package are made from it.
  writeFileSync(join(outdir, 'meta.json'), JSON.stringify({ outputs }));
}

/** Tells when something is being built and when all of it is: lines that .vscode/tasks.json waits for. */
async function buildAndWatch() {
  const underWay = new Set(bundles);
  const report = (options) => ({
    name: 'report',
    setup(building) {
      building.onStart(() => {
        if (underWay.size === 0) console.log('watch: build started');
        underWay.add(options);
      });
      building.onEnd(() => {
        underWay.delete(options);
        if (underWay.size === 0) console.log('watch: build finished');
      });
    },
  });
  console.log('watch: build started');
  mkdirSync(outdir, { recursive: true });
  copyWasm();
  for (const options of bundles) {
    const watched = await context({ ...options, plugins: [...options.plugins, report(options)] });
    await watched.watch();
  }
}

await (isWatching ? buildAndWatch() : buildOnce());
