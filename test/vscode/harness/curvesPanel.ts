import type { Frame, Locator } from 'playwright-core';

import { until } from './wait.ts';

/** The loss curves panel, by what a person sees in it. Its table holds the figures that its charts draw. */
export class CurvesPanel {
  constructor(readonly frame: Frame) {}

  /** The runs in the legend: name, state, and what stands below. */
  async legend(): Promise<{ name: string; state: string; detail: string }[]> {
    const rows = await this.frame.locator('.legend-row').all();
    return Promise.all(
      rows.map(async (row) => ({
        name: await row.locator('.run-name').innerText(),
        state: (await row.getAttribute('data-state')) ?? '',
        detail: await row.locator('.run-detail').innerText(),
      })),
    );
  }

  /** Waits for a run in the legend. */
  async shows(name: string, state: string): Promise<void> {
    await until(async () => (await this.legend()).some((run) => run.name === name && run.state === state), {
      what: `${name} to be ${state} in the panel`,
    });
  }

  button(label: string): Locator {
    return this.frame.getByRole('button', { name: label, exact: true });
  }

  /** Shows the table in the place of the charts, or the charts. */
  async showTable(shown: boolean): Promise<void> {
    // Of a panel that is still loading neither is to be seen: the button says which it will be.
    const button = this.frame.locator('vscode-button[aria-pressed]', { hasText: 'Table' });
    if ((await button.getAttribute('aria-pressed')) !== String(shown)) await button.click();
    await this.frame.locator('section.tables').waitFor({ state: shown ? 'visible' : 'hidden' });
  }

  /** The newest step in the table, and how many pages there are of 25 steps each. */
  async extent(): Promise<{ newest: number; pages: number }> {
    await this.showTable(true);
    const pages = /Page 1 of (\d+)/.exec(await this.frame.locator('.pager [role=status]').innerText())?.[1];
    const { steps } = await this.page();
    return { newest: steps[0] ?? 0, pages: Number(pages) };
  }

  /** The steps in the table, all pages of it, oldest first: a step that is there twice is in the list twice. */
  async steps(): Promise<number[]> {
    await this.showTable(true);
    const list: number[] = [];
    const status = this.frame.locator('.pager [role=status]');
    const read = async (): Promise<void> => {
      const { steps, oldest } = await this.page();
      // While a run is trained its rows move on from page to page: each has its place from the oldest.
      steps.forEach((step, index) => (list[oldest + steps.length - 1 - index] = step));
    };
    for (;;) {
      await read();
      const [, here, pages] = /Page (\d+) of (\d+)/.exec(await status.innerText()) ?? [];
      if (here === pages) break;
      await this.button('Older').click();
    }
    while (!/Page 1 of/.test(await status.innerText())) {
      await this.button('Newer').click();
      await read();
    }
    return list;
  }

  /** The page of the table that is shown: its steps, newest first, and how many rows are older than they. */
  private async page(): Promise<{ steps: number[]; oldest: number }> {
    // In one go: the next points may come at any time. The heads are row 1 and count.
    return this.frame.evaluate(`(() => {
      const table = [...document.querySelectorAll('table.figures')].at(-1);
      const rows = [...table.querySelectorAll('tbody tr')];
      return {
        steps: rows.map((row) => Number(row.querySelector('th').textContent.replaceAll(/\\D/g, ''))),
        oldest: table.ariaRowCount - (rows.at(-1)?.getAttribute('aria-rowindex') ?? 1),
      };
    })()`);
  }

  /** Draws these runs and no others. */
  async choose(names: readonly string[]): Promise<void> {
    await this.frame.getByRole('button', { name: /^Runs \(/ }).click();
    const rows = this.frame.locator('.picker-list li');
    await rows.first().waitFor();
    for (const row of await rows.all()) {
      const box = row.getByRole('checkbox');
      const isWanted = names.includes(((await box.getAttribute('aria-label')) ?? '').trim());
      if (((await box.getAttribute('aria-checked')) === 'true') !== isWanted) await box.click();
    }
    await this.button('Done').click();
  }

  /** The charts that are drawn. */
  async charts(): Promise<number> {
    return this.frame.locator('.charts canvas:visible').count();
  }
}
