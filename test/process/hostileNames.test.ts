import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { cleanFolders, eventsOf, only, run, temporaryFolder, tinyTraining, writeCorpus } from './support.ts';

cleanFolders('all');

const names = ['esc\u001b[31mred', 'osc\u001b]0;title\u0007', 'two\nlines', 'left\u202eright', '\u009b2J'];

let folder: string;
beforeAll(async () => {
  folder = await temporaryFolder();
  const corpus = await writeCorpus(join(folder, 'corpus'));
  const outcome = await run([...tinyTraining, '--max-steps', '2', '--data', corpus], { cwd: folder });
  const { directory } = only(eventsOf(outcome), 'done');
  await mkdir(join(folder, 'runs'));
  for (const name of names) {
    const copy = join(folder, 'runs', `${basename(directory)}-${name}`);
    await cp(directory, copy, { recursive: true });
    const path = join(copy, 'config.json');
    await writeFile(
      path,
      (await readFile(path, 'utf8')).replace('"name": "', `"name": ${JSON.stringify(name).slice(0, -1)}`),
    );
  }
});

/** What could move the cursor of a terminal, change its title or turn the direction of a line. */
const dangerous = /(?!\n)[\p{Cc}\u202a-\u202e\u2066-\u2069]/u;

// No file of Windows can be called so.
it.skipIf(process.platform === 'win32')('are made visible in a terminal, each run on one line', async () => {
  const listed = await run(['runs', '--runs', join(folder, 'runs')]);
  expect(listed).toMatchObject({ code: 0, stderr: '' });
  expect(listed.stdout).not.toMatch(dangerous);
  expect(listed.stdout.trim().split('\n')).toHaveLength(names.length);
  expect(listed.stdout).toContain('␛[31mred');
  for (const command of ['eval', 'resume', 'export', 'score']) {
    const text = command === 'score' ? ['--text', 'wa'] : [];
    const refused = await run([command, `no\u001b[31m\nsuch\u202erun`, '--runs', join(folder, 'runs'), ...text]);
    expect(refused.code).not.toBe(0);
    expect(refused.stderr).not.toMatch(dangerous);
    expect(refused.stderr).toMatch(/no␛\[31m.*such⟨U\+202E⟩run/);
  }
});
