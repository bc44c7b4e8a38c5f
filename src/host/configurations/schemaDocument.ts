import { Uri, workspace } from 'vscode';
import type { Disposable, ExtensionContext } from 'vscode';

import { schemaAddress, withoutChecks, type EditorSchema } from '../../config/editorSchema.ts';

/**
 * Answers the address that configuration files name as their `$schema`. VS Code's JSON editor asks for it as soon as such
 * a file is open, which activates the extension (`onFileSystem:sequence-lab`); no other JSON file does.
 */
export function provideSchema(context: ExtensionContext): Disposable {
  return workspace.registerTextDocumentContentProvider(Uri.parse(schemaAddress).scheme, {
    async provideTextDocumentContent() {
      const file = Uri.joinPath(context.extensionUri, 'media', 'seqlab.schema.json');
      const text = new TextDecoder().decode(await workspace.fs.readFile(file));
      // Made by our own build from `EditorSchema`.
      return JSON.stringify(withoutChecks(JSON.parse(text) as EditorSchema), null, 2);
    },
  });
}
