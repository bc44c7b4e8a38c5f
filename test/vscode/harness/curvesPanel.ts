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
    const steps = new Set<number>();
    await this.readPage(steps);
    return { newest: Math.max(0, ...steps), pages: Number(pages) };
  }

  /** The steps in the table, all pages of it, oldest first. */
  async steps(): Promise<number[]> {
    await this.showTable(true);
    const steps = new Set<number>();
    const page = this.frame.locator('.pager [role=status]');
    // The newest page moves on while it is read: it is read again at the end.
    for (;;) {
      await this.readPage(steps);
      const [, here, pages] = /Page (\d+) of (\d+)/.exec(await page.innerText()) ?? [];
      if (here === pages) break;
      await this.button('Older').click();
    }
    while (!/Page 1 of/.test(await page.innerText())) await this.button('Newer').click();
    await this.readPage(steps);
    return [...steps].sort((a, b) => a - b);
  }

  private async readPage(steps: Set<number>): Promise<void> {
    const heads = this.frame.locator('table.figures').last().locator('tbody th');
    for (const text of await heads.allInnerTexts()) steps.add(Number(text.replaceAll(/\D/g, '')));
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
