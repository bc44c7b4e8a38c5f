import { afterAll, beforeAll, expect, test } from 'vitest';

import { Lab, pictureFailures } from './harness/lab.ts';
import { tiny, trained } from './harness/runFolder.ts';
import type { Workbench } from './harness/workbench.ts';

/** The real cell of a run that the packaged command line has made, on a sentence. */
let lab: Lab;
let window: Workbench;

beforeAll(async () => {
  lab = await Lab.start();
  window = await lab.open();
});
pictureFailures(() => window);
afterAll(() => lab.close());

test('a run is explored from its context menu, on any sentence', async () => {
  const run = { ...tiny('looked into', { maxSteps: 200 }), model: { layers: 2, hiddenSize: 20 } };
  trained(lab.folder, run);
  await window.experiments.open();
  await window.experiments.runWhere('done', ({ label }) => label === 'looked into');
  await window.experiments.contextAction('looked into', 'Explore Cell of Run');
  const frame = await window.webview('Cell Explorer');
  await frame.locator('.run h2', { hasText: 'looked into' }).first().waitFor();
  await frame.locator('.word').nth(8).waitFor({ timeout: 60_000 });
  await frame.locator('#sentence').fill('the xyzzy');
  await frame.getByRole('button', { name: 'Read', exact: true }).click();
  await frame.locator('.word', { hasText: 'xyzzy ?' }).waitFor({ timeout: 60_000 });
  expect(await frame.locator('.word').count()).toBe(3);
  await frame.locator('.word').nth(1).click();
  await frame.locator('.run .figures caption', { hasText: 'After “the”' }).waitFor();
  // The figures of all gates of the units that vary most, and what comes back to each word.
  expect(await frame.locator('.run .figures tbody tr').count()).toBe(8);
  expect(await frame.locator('.run .valve').count()).toBe(3);
  const figures = await frame.locator('.run .figures tbody td').allInnerTexts();
  expect(figures).toHaveLength(80);
  expect(figures.filter((figure) => !/^−?\d+\.\d{3}$/u.test(figure))).toEqual([]);
  expect(await frame.locator('.run .reach').innerText()).toMatch(
    /reaches the first: [\d.e−]+ in layer 1, [\d.e−]+ in layer 2/u,
  );
  await window.screenshot('cell-of-run');
  await window.reload();
  const after = await window.webview('Cell Explorer', 120_000);
  await after.locator('.word', { hasText: 'xyzzy ?' }).waitFor({ timeout: 60_000 });
  await after.getByRole('button', { name: 'Back to Editable Network' }).click();
  await after.locator('.strip-step').first().waitFor();
  expect(window.errors).toEqual([]);
});
