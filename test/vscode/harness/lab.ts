import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { chromium } from 'playwright-core';
import type { Browser, BrowserContext } from 'playwright-core';
import { afterEach, inject } from 'vitest';

import { kill, processesNaming } from './processes.ts';
import { Server } from './server.ts';
import type { ServerOptions } from './server.ts';
import { Workbench } from './workbench.ts';

const chromiumOptions = {
  executablePath: process.env.SEQUENCE_LAB_CHROMIUM ?? '/usr/bin/chromium',
  args: [
    ...['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update'],
    ...['--disable-sync', '--no-first-run'],
  ],
};

export interface LabOptions extends ServerOptions {
  /** Files of the workspace folder: path → contents. */
  readonly files?: Readonly<Record<string, string>>;
}

/** A server with our extension, a browser, and a folder to work in. */
export class Lab {
  private constructor(
    readonly server: Server,
    /** The workspace folder. */
    readonly folder: string,
    private readonly browser: Browser,
    private readonly context: BrowserContext,
  ) {}

  static async start(options: LabOptions = {}): Promise<Lab> {
    const folder = mkdtempSync(join(inject('scratch'), 'workspace-'));
    for (const [path, contents] of Object.entries(options.files ?? {})) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), contents);
    }
    const server = await Server.start(options);
    try {
      const browser = await chromium.launch(chromiumOptions);
      const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
      return new Lab(server, folder, browser, context);
    } catch (error) {
      await server.close();
      throw error;
    }
  }

  /** Opens a window on the workspace folder: a second one sees the same server. */
  async open(): Promise<Workbench> {
    return Workbench.open(await this.context.newPage(), this.server, this.folder);
  }

  async close(): Promise<void> {
    try {
      await this.browser.close();
    } finally {
      await this.server.close();
      for (const { pid } of processesNaming(this.folder)) kill(pid);
    }
  }
}

/** Call it where tests are defined: when one fails, what the window showed is saved. */
export function pictureFailures(window: () => Workbench): void {
  afterEach(async ({ task }) => {
    if (task.result?.state !== 'fail') return;
    const path = await window().screenshot(`failed-${task.name.replace(/\W+/g, '-')}`);
    console.log(`“${task.name}” failed; the window: ${path}`);
  });
}
