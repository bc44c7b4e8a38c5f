import { randomBytes } from 'node:crypto';
import { Uri } from 'vscode';
import type { Webview } from 'vscode';

/** Where the scripts and style sheets of all panels are. */
export function webviewFolder(extension: Uri): Uri {
  return Uri.joinPath(extension, 'dist', 'webview');
}

/**
 * The page of a panel: its script and its style sheet, and a policy that lets nothing else in. Everything a panel shows
 * it makes itself, as text nodes.
 *
 * @param name of the panel's files: `curves` for curves.js and curves.css
 */
export function panelPage(webview: Webview, extension: Uri, panel: { name: string; title: string }): string {
  const nonce = randomBytes(16).toString('base64');
  const file = (suffix: string): string =>
    webview.asWebviewUri(Uri.joinPath(webviewFolder(extension), `${panel.name}.${suffix}`)).toString();
  const policy = [
    `default-src 'none'`,
    `script-src 'nonce-${nonce}'`,
    `style-src ${webview.cspSource}`,
    `font-src ${webview.cspSource}`,
    `img-src ${webview.cspSource} blob: data:`,
  ].join('; ');
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="${file('css')}">
<title>${panel.title}</title>
</head>
<body>
<div id="root"></div>
<script nonce="${nonce}" src="${file('js')}"></script>
</body>
</html>`;
}
