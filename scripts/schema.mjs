import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { build } from 'esbuild';

/**
 * Writes the JSON schema of configuration files, which is made from src/config/schema.ts: `node scripts/schema.mjs [FILE]`. It is
 * kept under version control, so that a change of what files may say is seen in a review; a test compares it.
 */
const root = join(import.meta.dirname, '..');
const file = process.argv[2] ?? join(root, 'media', 'seqlab.schema.json');
const { outputFiles } = await build({
  entryPoints: [join(root, 'src', 'config', 'jsonSchema.ts')],
  bundle: true,
  platform: 'node',
  format: 'esm',
  write: false,
});
const { schemaText } = await import(`data:text/javascript,${encodeURIComponent(outputFiles[0].text)}`);
const text = schemaText();
if (!existsSync(file) || readFileSync(file, 'utf8') !== text) {
  writeFileSync(file, text);
  console.log(`${relative('', file)} has changed`);
}
