import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';
import type { Browser, Page } from 'playwright-core';
import { chromium } from 'playwright-core';

import type { FakeHost, Scenario } from './fakeHost.ts';
import type { ThemeName } from './themes.ts';
import { rootStyle, themes } from './themes.ts';

const root = resolve(import.meta.dirname, '../..');
const origin = 'http://panel.test';

export const browserPath = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
export const haveBrowser = existsSync(browserPath);

export function openBrowser(): Promise<Browser> {
  return chromium.launch({
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
  });
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
  /** What the panel keeps over a reload. */
  state(): Promise<Record<string, unknown>>;
  setTheme(theme: ThemeName): Promise<void>;
}

/** Opens a panel and waits until its runs are listed. */
export async function openPanel(
  browser: Browser,
  files: ReadonlyMap<string, string>,
  { panel: name = 'curves', scenario, theme = 'dark', size = { width: 1100, height: 800 } }: PanelOptions,
): Promise<Panel> {
  const context = await browser.newContext({ viewport: size });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  await page.addInitScript(
    `globalThis.scenario = ${JSON.stringify(scenario)};
    addEventListener('securitypolicyviolation', (event) => console.error('policy: ' + event.violatedDirective + ' ' + event.sample));`,
  );
  await page.route(`${origin}/**`, async (route) => {
    const path = new URL(route.request().url()).pathname.slice(1);
    const file = files.get(path);
    if (path === '') await route.fulfill({ contentType: 'text/html', body: html(name) });
    else if (file === undefined) await route.fulfill({ status: 404 });
    else await route.fulfill({ contentType: path.endsWith('.css') ? 'text/css' : 'text/javascript', body: file });
  });
  const panel: Panel = {
    page,
    complaints,
    host: (method, ...parameters) =>
      page.evaluate(`fakeHost[${JSON.stringify(method)}](...${JSON.stringify(parameters)})`),
    sent: (method) =>
      page.evaluate(
        `fakeHost.sent.filter((message) => message.method === ${JSON.stringify(method)}).map(({ params }) => params)`,
      ),
    state: () => page.evaluate(`JSON.parse(sessionStorage.getItem('state'))`),
    setTheme: (name) => page.evaluate(themeScript(name)),
  };
  // Set before the page's scripts run, as VS Code does.
  await page.addInitScript(`addEventListener('DOMContentLoaded', () => { ${themeScript(theme)} }, { once: true });
    new MutationObserver((_, observer) => { if (document.body) { observer.disconnect(); ${themeScript(theme)} } })
      .observe(document, { childList: true, subtree: true });`);
  await page.goto(`${origin}/`);
  return panel;
}

function html(name: string): string {
  const policy = `default-src 'none'; style-src ${origin}; script-src 'nonce-n0'; img-src ${origin} blob: data:; font-src ${origin}`;
  return `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="${origin}/${name}.css"><title>Sequence Lab</title></head>
<body><div id="root"></div><script nonce="n0" src="${origin}/host.js"></script><script nonce="n0" src="${origin}/${name}.js"></script></body></html>`;
}

/** The style is set by the object model, which the policy allows, as VS Code does it. */
function themeScript(theme: ThemeName): string {
  return `document.documentElement.style.cssText = ${JSON.stringify(rootStyle(theme))};
    document.body.className = ${JSON.stringify(themes[theme].class)};`;
}
