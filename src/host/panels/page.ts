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
 * @param panel.name of the panel's files: `curves` for curves.js and curves.css
 * @param panel.kept what the page begins with where VS Code has kept nothing of it; any JSON
 */
export function panelPage(
  webview: Webview,
  extension: Uri,
  panel: { name: string; title: string; kept?: unknown },
): string {
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
<div id="root"${panel.kept === undefined ? '' : ` data-kept="${attribute(JSON.stringify(panel.kept))}"`}></div>
<script nonce="${nonce}" src="${file('js')}"></script>
</body>
</html>`;
}

function attribute(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');
}
