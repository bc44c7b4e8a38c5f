import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Writes src/host/commandIds.ts: the commands that package.json declares, so that the compiler knows them. It is kept under
 * version control; a test compares it. Printed instead with `node scripts/commandIds.mjs --print`.
 */
const root = join(import.meta.dirname, '..');
const { contributes } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const ids = contributes.commands.map(({ command }) => command.replace(/^sequenceLab\./, '')).sort();
const text = `// Made by scripts/commandIds.mjs from package.json.

/** A command of the extension, after \`sequenceLab.\`. */
export type CommandId =
${ids.map((id) => `  | '${id}'`).join('\n')};
`;
const file = join(root, 'src/host/commandIds.ts');
if (process.argv.includes('--print')) process.stdout.write(text);
else if (readFileSync(file, { encoding: 'utf8', flag: 'a+' }) !== text) {
  writeFileSync(file, text);
  console.log('src/host/commandIds.ts has changed');
}
