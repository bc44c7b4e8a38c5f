import { rmSync } from 'node:fs';
import { build } from 'esbuild';

/** Where to: tests name a folder of their own. */
const outdir = process.argv[2] ?? 'dist';
rmSync(outdir, { recursive: true, force: true });

/** What runs in Node: bundled whole but for ONNX Runtime, whose native library stays a package of its own. */
const node = {
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  sourcemap: true,
  outdir,
  external: ['onnxruntime-node', '@tensorflow/tfjs-node'],
  // CommonJS dependencies call require(), which ES modules lack.
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  },
  logLevel: 'warning',
};

await build({
  ...node,
  entryPoints: { cli: 'src/cli/main.ts', bench: 'test/bench/main.ts', readerBench: 'test/bench/readerBench.ts' },
});
