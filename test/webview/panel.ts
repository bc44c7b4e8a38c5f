import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';
import type { Browser, BrowserServer, Page } from 'playwright-core';
import { chromium } from 'playwright-core';

import type { FakeHost, Scenario } from './fakeHost.ts';
import type { ThemeName } from './themes.ts';

const root = resolve(import.meta.dirname, '../..');

export const browserPath = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
export const haveBrowser = existsSync(browserPath);

const launching = {
  executablePath: browserPath,
  args: [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    '--no-first-run',
    '--enable-precise-memory-info',
  ],
};

/** A browser for this process alone. */
export function openBrowser(): Promise<Browser> {
  return chromium.launch(launching);
}

/** A browser that processes connect to, each with contexts of its own. */
export function serveBrowser(): Promise<BrowserServer> {
  return chromium.launchServer(launching);
}

/** The panel's script and style sheet as the extension has them, and the fake host's script, by name. */
export async function bundles(): Promise<Map<string, string>> {
  const { outputFiles } = await build({
    bundle: true,
    platform: 'browser',
    target: 'chrome130',
    format: 'iife',
    minify: true,
    write: false,
    outdir: join(root, 'dist'),
    entryPoints: {
      curves: join(root, 'webview/curves/main.ts'),
      cell: join(root, 'webview/cell/main.ts'),
      predictions: join(root, 'webview/predictions/main.ts'),
      states: join(root, 'webview/states/main.ts'),
      host: join(root, 'test/webview/fakeHost.ts'),
    },
    logLevel: 'warning',
  });
  return new Map(outputFiles.map(({ path, text }) => [path.slice(join(root, 'dist').length + 1), text]));
}

export interface PanelOptions {
  /** Which one: the loss curves where it is left out. */
  readonly panel?: 'curves' | 'cell' | 'predictions' | 'states';
  readonly scenario: Scenario;
  readonly theme?: ThemeName;
  readonly size?: { readonly width: number; readonly height: number };
  /** The test changes what stays with a browser context, as its clock does: the panel gets one of its own. */
  readonly ownContext?: boolean;
}

/** A panel in a page with VS Code's policy. */
export interface Panel {
  readonly page: Page;
  /** What the browser complained about: errors, warnings, violations of the policy. */
  readonly complaints: string[];
  /** Calls the fake host in the page. */
  host<K extends Exclude<keyof FakeHost, 'sent'>>(method: K, ...parameters: Parameters<FakeHost[K]>): Promise<void>;
  /** The parameters of the messages of a kind that the panel has sent. */
  sent(method: string): Promise<Record<string, unknown>[]>;
  /** How many messages of a kind the panel has sent: to ask again and again, where each has a file in it. */
  sentCount(method: string): Promise<number>;
  /** What the panel keeps over a reload. */
  state(): Promise<Record<string, unknown>>;
  setTheme(theme: ThemeName): Promise<void>;
  /** Closes the panel. @param isSound whether its page can be used for another: not after a test that failed halfway */
  close(isSound?: boolean): Promise<void>;
}
