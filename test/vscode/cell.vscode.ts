import type { Frame } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { Lab, pictureFailures } from './harness/lab.ts';
import { until } from './harness/wait.ts';
import { themes } from './harness/workbench.ts';
import type { Workbench } from './harness/workbench.ts';

/** The cell explorer, in a window whose folder is not trusted: it needs no process. */
let lab: Lab;
let window: Workbench;

beforeAll(async () => {
  lab = await Lab.start({ trust: 'asked', settings: { 'security.workspace.trust.startupPrompt': 'never' } });
  window = await lab.open();
});
pictureFailures(() => window);
afterAll(() => lab.close());

/** A panel that is brought back waits for the extension host, which takes its time on a loaded machine. */
const explorer = (): Promise<Frame> => window.webview('Cell Explorer', 120_000);
const drawn = (frame: Frame, words: string): Promise<void> =>
  frame.locator(`.diagram[aria-label*="${words}"]`).waitFor();

test('the palette opens the worked example, in every theme', async () => {
  await window.command('Sequence Lab: Explore a Cell');
  const frame = await explorer();
  await drawn(frame, 'Before activation 0.600, 0.500. Hidden state h 0.537, 0.462. Output 1.561');
  expect(await frame.locator('.figures td').allInnerTexts()).toEqual(
    expect.arrayContaining(['0.860', '0.884', '2.727']),
  );
  for (const theme of Object.keys(themes) as (keyof typeof themes)[]) {
    await window.wear(theme);
    await window.screenshot(`cell-${theme}`);
  }
  expect(lab.server.trainers()).toEqual([]);
});

test('the command shows the panel that is there, and a reload brings it back as it was', async () => {
  const before = await explorer();
  await before.getByRole('spinbutton', { name: 'Input weight to unit 1', exact: true }).fill('1.5');
  await drawn(before, 'Before activation 1.600, 0.500');
  await before.getByRole('button', { name: 'Next step' }).click();
  await window.command('Sequence Lab: Explore a Cell');
  expect((await window.tabs()).filter((tab) => tab.startsWith('Cell Explorer'))).toHaveLength(1);
  await window.reload();
  const after = await explorer();
  await after.getByRole('heading', { name: 'Plain RNN at step 2 of 2' }).waitFor();
  expect(await after.getByRole('spinbutton', { name: 'Input weight to unit 1', exact: true }).inputValue()).toBe('1.5');
  await after.getByRole('button', { name: 'Reset' }).click();
  await drawn(after, 'Before activation 0.600, 0.500');
  expect(window.errors).toEqual([]);
});

test('a panel whose extension host died is replaced by one that lives, as it was', async () => {
  const before = await explorer();
  await before.getByRole('spinbutton', { name: 'Input weight to unit 1', exact: true }).fill('2.5');
  await drawn(before, 'Before activation 2.600, 0.500');
  // The host hears of the state a moment later.
  await window.page.waitForTimeout(1000);
  const dead = lab.server.extensionHosts();
  for (const { pid } of dead) process.kill(pid, 'SIGKILL');
  await until(() => lab.server.extensionHosts().some((host) => dead.every(({ pid }) => pid !== host.pid)), {
    what: 'a new extension host',
    milliseconds: 60_000,
  });
  // Its own page is but a picture: what asks the host shows that it lives.
  await window.command('Sequence Lab: Explore a Cell');
  await until(
    async () => {
      const tabs = (await window.tabs()).filter((tab) => tab.startsWith('Cell Explorer'));
      if (tabs.length !== 1) return false;
      const field = (await explorer()).getByRole('spinbutton', { name: 'Input weight to unit 1', exact: true });
      return (await field.inputValue({ timeout: 2000 }).catch(() => '')) === '2.5';
    },
    { what: 'the panel as it was', milliseconds: 60_000 },
  );
});

test('of a run nothing is started in Restricted Mode, and it says why', async () => {
  await window.command('Sequence Lab: Explore Cell of Run');
  await window.notificationSays('Restricted Mode');
  expect(lab.server.trainers()).toEqual([]);
});
