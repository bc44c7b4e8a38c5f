import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, inject } from 'vitest';

import type { Panel, PanelOptions } from './panel.ts';
import { browserPath, haveBrowser, openBrowser, openPanel } from './panel.ts';

/**
 * Tests of a panel in one browser. Every panel that a test opens is closed after it, and none may have had a complaint of the
 * browser's. Without a browser they are skipped, and that is said.
 *
 * @param tests are given what opens a panel
 */
export function describePanel(name: string, tests: (open: (options: PanelOptions) => Promise<Panel>) => void): void {
  if (!haveBrowser) console.warn(`not tested: ${name}; there is no ${browserPath} (CHROMIUM names another)`);
  describe.skipIf(!haveBrowser)(name, () => {
    let browser: Browser;
    const files = new Map(inject('panelFiles'));
    const opened: Panel[] = [];

    beforeAll(async () => {
      browser = await openBrowser();
    });
    afterAll(() => browser.close());
    afterEach(async () => {
      const panels = opened.splice(0);
      const complaints = panels.flatMap((panel) => panel.complaints);
      for (const { page } of panels) await page.context().close();
      expect(complaints).toEqual([]);
    });

    tests(async (options) => {
      const panel = await openPanel(browser, files, options);
      opened.push(panel);
      return panel;
    });
  });
}
