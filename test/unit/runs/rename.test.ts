import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { readConfig } from '../../../src/runs/files.ts';
import { renameRun, runNameProblem } from '../../../src/runs/rename.ts';
import { ConfigurationError, FileError } from '../../../src/util/errors.ts';
import { rejection, withRun } from './fixtures.ts';

async function withConfig(body: (folder: string, path: string) => Promise<void>): Promise<void> {
  await using run = await withRun();
  const { folder } = run.store;
  await run.store.close();
  await body(folder, join(folder, 'config.json'));
}

describe('renameRun', () => {
  it('changes the name and nothing else', () =>
    withConfig(async (folder, path) => {
      const before = await readFile(path, 'utf8');
      await renameRun(folder, '  <img src=x onerror=alert(1)> “é” ');
      const after = await readFile(path, 'utf8');
      expect((await readConfig(folder)).configuration.name).toBe('<img src=x onerror=alert(1)> “é”');
      const withoutName = (text: string): string => text.replace(/"name": ".*"/, '');
      expect(withoutName(after)).toBe(withoutName(before));
      expect(after).not.toBe(before);
    }));

  it('keeps what a newer version wrote, wherever it stands', () =>
    withConfig(async (folder, path) => {
      const config = JSON.parse(await readFile(path, 'utf8')) as { configuration: { model: object } };
      const newer = {
        later: [1, { two: null }],
        ...config,
        configuration: {
          ...config.configuration,
          model: { ...config.configuration.model, attention: 'yes' },
          extra: 1,
        },
      };
      await writeFile(path, `${JSON.stringify(newer, undefined, 2)}\n`);
      await renameRun(folder, 'named');
      newer.configuration = { ...newer.configuration, ...{ name: 'named' } };
      expect(await readFile(path, 'utf8')).toBe(`${JSON.stringify(newer, undefined, 2)}\n`);
    }));

  it('refuses a name that is empty or too long', () =>
    withConfig(async (folder, path) => {
      const before = await readFile(path, 'utf8');
      for (const name of ['', ' \n\t', 'x'.repeat(201)])
        expect(await rejection(renameRun(folder, name))).toBeInstanceOf(ConfigurationError);
      expect(await readFile(path, 'utf8')).toBe(before);
      expect(runNameProblem('x'.repeat(200))).toBeUndefined();
      expect(runNameProblem('x'.repeat(201))).toContain('at most 200');
    }));

  it('leaves a damaged configuration, and one of a newer format, as they are', () =>
    withConfig(async (folder, path) => {
      const whole = await readFile(path, 'utf8');
      for (const text of [
        '{"format"',
        whole.replace('"format": 1', '"format": 2'),
        whole.replace('"model": {', '"model": {"layers": "two",'),
      ]) {
        await writeFile(path, text);
        expect(await rejection(renameRun(folder, 'named'))).toBeInstanceOf(FileError);
        expect(await readFile(path, 'utf8')).toBe(text);
      }
    }));
});
