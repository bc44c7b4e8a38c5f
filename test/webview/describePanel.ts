import type { Browser } from 'playwright-core';
import { chromium } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, inject } from 'vitest';

import { PanelPages } from './pages.ts';
import type { Panel, PanelOptions } from './panel.ts';
import { browserPath, haveBrowser } from './panel.ts';

/** Connects to the browser of all files. @returns what opens panels in it, and what leaves it */
export async function connectPanels(): Promise<{ pages: PanelPages; leave: () => Promise<void> }> {
  const browser: Browser = await chromium.connect(inject('browser'));
  return { pages: new PanelPages(browser, new Map(inject('panelFiles'))), leave: () => browser.close() };
}

/**
 * Tests of a panel. Every panel that a test opens is closed after it, and none may have had a complaint of the browser's.
 * Without a browser they are skipped, and that is said.
 *
 * @param tests are given what opens a panel
 */
export function describePanel(name: string, tests: (open: (options: PanelOptions) => Promise<Panel>) => void): void {
  if (!haveBrowser) console.warn(`not tested: ${name}; there is no ${browserPath} (CHROMIUM names another)`);
  describe.skipIf(!haveBrowser)(name, () => {
    let connected: Awaited<ReturnType<typeof connectPanels>>;
    const opened: Panel[] = [];

    beforeAll(async () => {
      connected = await connectPanels();
    });
    afterAll(() => connected.leave());
    afterEach(async ({ task }) => {
      const panels = opened.splice(0);
      for (const panel of panels) await panel.close(task.result?.state !== 'fail');
      expect(panels.flatMap((panel) => panel.complaints)).toEqual([]);
    });

    tests(async (options) => {
      const panel = await connected.pages.open(options);
      opened.push(panel);
      return panel;
    });
  });
}
