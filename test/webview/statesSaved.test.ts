import { beforeEach, expect, it } from 'vitest';

import { firstText } from '../../webview/shared/firstText.ts';
import { doneRun, valuesOf } from './fakeStates.ts';
import { describePanel } from './describePanel.ts';
import type { Panel } from './panel.ts';

const one = doneRun('one', 'first <b>run</b>');
const words = firstText.split(' ');
const units = 40;

describePanel('files of the hidden states panel', (openPanel) => {
  let panel: Panel;

  beforeEach(async () => {
    panel = await openPanel({
      panel: 'states',
      scenario: { runs: [], states: { runs: [one], units } },
    });
    await panel.page.locator('.body[data-drawn]:visible').waitFor();
  });

  const choose = async (control: string, text: string): Promise<void> => {
    const dropdown = panel.page.locator(`vscode-dropdown[data-control="${control}"]:visible`);
    await dropdown.click();
    await dropdown.locator('vscode-option', { hasText: text }).first().click();
  };
  const map = () => panel.page.locator('.map-canvas:visible').first();

  it('saves the values and the picture', async () => {
    await map().click({ position: { x: 100, y: 26 } });
    await panel.page.locator('.pins li').waitFor();
    const before = await map().boundingBox();
    for (const kind of ['CSV', 'PNG']) {
      await panel.page.getByRole('button', { name: `Save ${kind}…` }).click();
      await panel.page
        .locator('.notice', { hasText: `Saved to /saved/states-id-one-h-layer1.${kind.toLowerCase()}` })
        .waitFor();
    }
    // What is said, and goes by itself, does not move what somebody aims at.
    expect(await map().boundingBox()).toEqual(before);
    await panel.page.getByRole('button', { name: 'Save for LSTMVis…' }).click();
    await panel.page.locator('.notice', { hasText: 'Saved to /saved/lstmvis' }).waitFor();
    const asked = (await panel.sent('states/saveStates')).at(-1);
    expect(asked).toMatchObject({ format: 'lstmvis' });
    expect(asked?.['series']).toHaveLength(12);
    const bytes = await panel.page.evaluate<Uint8Array[]>(
      `fakeHost.sent.filter(({ method }) => method === 'states/save').map(({ params }) => params.bytes)`,
    );
    const [csv = [], png = []] = bytes;
    const lines = Buffer.from(csv).toString('utf8').trimEnd().split('\r\n');
    expect(lines).toHaveLength(words.length + 1);
    expect(lines[0]?.split(',').slice(0, 9)).toEqual([
      'run',
      'step',
      'series',
      'layer',
      'reading',
      'position',
      'token',
      'read_as',
      'unit_1',
    ]);
    const row = lines[3]?.split(',') ?? [];
    expect(row.slice(0, 8)).toEqual(['id-one', '4000', 'h', '1', 'forward', '3', 'who', 'who']);
    expect(Number(row[8])).toBe(valuesOf(words, units, `${one.key}  h 0 forward`)[2 * units]);
    expect(row).toHaveLength(8 + units);
    expect(Buffer.from(png).subarray(1, 4).toString()).toBe('PNG');
  });

  it('saves the values of both sides, told apart, while the difference is shown; and the picture with a key', async () => {
    await choose('second-run', 'first');
    await choose('second-checkpoint', 'step 3,000');
    await panel.page.getByRole('checkbox', { name: 'Show difference' }).click();
    await panel.page.locator('.map-title', { hasText: 'step 3,000 − first' }).waitFor();
    const save = async (kind: 'CSV' | 'PNG'): Promise<Buffer> => {
      const count = await panel.sentCount('states/save');
      await panel.page.getByRole('button', { name: `Save ${kind}…` }).click();
      // The browser encodes pictures when it is idle.
      await expect.poll(() => panel.sentCount('states/save'), { timeout: 10_000 }).toBe(count + 1);
      const bytes = await panel.page.evaluate<Uint8Array>(
        `fakeHost.sent.filter(({ method }) => method === 'states/save').at(-1).params.bytes`,
      );
      return Buffer.from(bytes);
    };
    const rows = (await save('CSV')).toString('utf8').trimEnd().split('\r\n');
    const first = [1, 1 + words.length].map((at) => rows[at]?.split(',') ?? []);
    expect(first.map((row) => row.slice(0, 3))).toEqual([
      ['id-one', '4000', 'h'],
      ['id-one', '3000', 'h'],
    ]);
    const values = ['', '3000'].map((step) => valuesOf(words, units, `${one.key} ${step} h 0 forward`)[0]);
    expect(first.map((row) => Number(row[8]))).toEqual(values);
    const heightOf = (png: Buffer): number => png.readUInt32BE(20);
    const without = heightOf(await save('PNG'));
    await map().click({ position: { x: 100, y: 26 } });
    await panel.page.locator('.pins li').waitFor();
    // The lines, and a row of their key.
    expect(heightOf(await save('PNG')) - without).toBe(132 + 20 + 16);
  });
});
