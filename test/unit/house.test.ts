import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { join, relative } from 'node:path';
import { ESLint } from 'eslint';
import tseslint from 'typescript-eslint';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';

const root = fileURLToPath(new URL('../../', import.meta.url));
const config: unknown = await import(pathToFileURL(join(root, 'eslint.config.mjs')).href);
const listed = z.array(z.string());
const { arrows, entrances } = z
  .object({ arrows: z.record(z.string(), listed), entrances: z.record(z.string(), z.record(z.string(), listed)) })
  .parse(config);

/** The folders of src and one file of each, to be imported. */
const folders = readdirSync(join(root, 'src'), { withFileTypes: true }).filter((entry) => entry.isDirectory());
const fileOf = new Map(
  folders.flatMap(({ name }) => {
    const file = readdirSync(join(root, 'src', name)).find((entry) => entry.endsWith('.ts'));
    return file === undefined ? [] : [[name, `${name}/${file}`] as const];
  }),
);

/** The project's rules without those that need a file on disk and its types. */
const eslint = new ESLint({
  cwd: root,
  overrideConfig: [tseslint.configs.disableTypeChecked, { rules: { 'import-x/no-cycle': 'off' } }],
});

/** The messages about restricted imports in a file of `folder` that imports the given folders. */
async function reports(folder: string, imported: readonly string[]): Promise<string[]> {
  const pathOf = (other: string): string => {
    const entrance = entrances[folder]?.[other]?.[0];
    return entrance === undefined ? (fileOf.get(other) ?? '') : `${other}/${entrance}`;
  };
  return reportsOf(folder, imported.map(pathOf));
}

/** The messages about restricted imports in a file of `folder` that imports the given files of src. */
async function reportsOf(folder: string, files: readonly string[]): Promise<string[]> {
  const text = files.map((file) => `import '../${file}';\n`).join('');
  const [result] = await eslint.lintText(text, { filePath: join(root, 'src', folder, 'imaginary.ts') });
  const messages = result?.messages ?? [];
  expect(messages.filter(({ fatal }) => fatal)).toEqual([]);
  return messages.filter(({ ruleId }) => ruleId === 'import-x/no-restricted-paths').map(({ message }) => message);
}

describe('the house', () => {
  it('gives every folder of src a row', () => {
    expect(folders.map(({ name }) => name).sort()).toEqual(Object.keys(arrows).sort());
  });

  it('names only folders that there are, and has no way round in a circle', () => {
    const reach = (folder: string, seen: readonly string[]): void => {
      expect(seen, `${seen.join(' → ')} → ${folder}`).not.toContain(folder);
      expect(Object.keys(arrows)).toContain(folder);
      for (const next of arrows[folder] ?? []) reach(next, [...seen, folder]);
    };
    for (const folder of Object.keys(arrows)) reach(folder, []);
  });

  it.each(Object.keys(arrows))('reports every import that src/%s may not have, and no other', async (folder) => {
    const others = [...fileOf.keys()].filter((name) => name !== folder);
    const allowed = others.filter((name) => arrows[folder]?.includes(name));
    const forbidden = others.filter((name) => !allowed.includes(name));
    expect(await reports(folder, allowed)).toEqual([]);
    const messages = await reports(folder, forbidden);
    expect(messages).toHaveLength(forbidden.length);
    for (const message of messages) expect(message).toContain(`src/${folder} may import only`);
  });

  it('lets in by the entrances alone', async () => {
    for (const [folder, others] of Object.entries(entrances)) {
      for (const [other, files] of Object.entries(others)) {
        const all = readdirSync(join(root, 'src', other)).filter((file) => file.endsWith('.ts'));
        for (const file of files) expect(all).toContain(file);
        const within = all.filter((file) => !files.includes(file)).map((file) => `${other}/${file}`);
        expect(await reportsOf(folder, within)).toHaveLength(within.length);
      }
    }
  });
});

it('the commands that the compiler knows are those of package.json', () => {
  const made = execFileSync(process.execPath, [join(root, 'scripts/commandIds.mjs'), '--print'], { encoding: 'utf8' });
  const file = readFileSync(join(root, 'src/host/commandIds.ts'), 'utf8');
  expect(file === made, 'src/host/commandIds.ts is stale: run npm run build and commit it').toBe(true);
});

it('no file imports itself by way of others, not even for a type', () => {
  const files = new Map<string, string[]>();
  for (const top of ['src', 'webview'])
    for (const name of readdirSync(join(root, top), { recursive: true, encoding: 'utf8' })) {
      const path = join(root, top, name);
      if (!path.endsWith('.ts')) continue;
      const imported = readFileSync(path, 'utf8').matchAll(/^(?:import|export|\}) [^;]*?from '(\.[^']+)';/gm);
      files.set(
        path,
        [...imported].map(([, target]) => join(path, '..', target ?? '')),
      );
    }
  expect(files.size).toBeGreaterThan(300);
  const done = new Set<string>();
  const circles: string[] = [];
  const visit = (path: string, way: readonly string[]): void => {
    if (way.includes(path))
      circles.push([...way.slice(way.indexOf(path)), path].map((one) => relative(root, one)).join(' → '));
    if (way.includes(path) || done.has(path)) return;
    for (const next of files.get(path) ?? []) visit(next, [...way, path]);
    done.add(path);
  };
  for (const path of files.keys()) visit(path, []);
  expect(circles).toEqual([]);
});
