import { Diagnostic, DiagnosticSeverity, EventEmitter, languages, workspace } from 'vscode';
import type { Disposable, Event, TextDocument } from 'vscode';

import { checkDocument, isConfigurationFile, type CheckedFile } from './checkedFile.ts';
import { corpusProblem } from './corpusPresence.ts';

/** How long a person must have stopped typing. */
const debounceMilliseconds = 200;

const source = 'Sequence Lab';

/**
 * The configuration files that are open, each with what is wrong with it: told in the Problems panel as the command line
 * would, since VS Code's JSON editor knows only its grammar (see `withoutChecks`).
 */
export class ConfigurationFiles implements Disposable {
  private readonly changed = new EventEmitter<void>();
  /** Some file has been checked anew. */
  readonly onDidChange: Event<void> = this.changed.event;
  private readonly diagnostics = languages.createDiagnosticCollection('sequenceLab');
  private readonly checked = new Map<string, CheckedFile>();
  private readonly waiting = new Map<string, NodeJS.Timeout>();
  private readonly subscriptions: readonly Disposable[];

  constructor() {
    this.subscriptions = [
      workspace.onDidOpenTextDocument((document) => this.check(document)),
      workspace.onDidChangeTextDocument(({ document }) => this.checkLater(document)),
      // What a path leads to may have come or gone meanwhile.
      workspace.onDidSaveTextDocument((document) => this.check(document)),
      workspace.onDidCloseTextDocument((document) => this.forget(document)),
      workspace.onDidGrantWorkspaceTrust(() => this.checkAll()),
    ];
    this.checkAll();
  }

  /** What a document was found to be, once it has been looked at. */
  find(document: TextDocument): CheckedFile | undefined {
    return this.checked.get(document.uri.toString());
  }

  private checkAll(): void {
    for (const document of workspace.textDocuments) this.check(document);
  }

  private checkLater(document: TextDocument): void {
    if (!isConfigurationFile(document)) return;
    const key = document.uri.toString();
    clearTimeout(this.waiting.get(key));
    this.waiting.set(
      key,
      setTimeout(() => this.check(document), debounceMilliseconds),
    );
  }

  private check(document: TextDocument): void {
    if (!isConfigurationFile(document) || document.isClosed) return;
    const key = document.uri.toString();
    clearTimeout(this.waiting.get(key));
    this.waiting.delete(key);
    if (document.getText().trim() === '') {
      this.forget(document);
      return;
    }
    const file = checkDocument(document);
    this.checked.set(key, file);
    const own = (file.problems ?? []).filter(({ isOfJson }) => !isOfJson);
    this.diagnostics.set(
      document.uri,
      own.map(({ range, message }) => said(new Diagnostic(range, message, DiagnosticSeverity.Error))),
    );
    this.changed.fire();
    // A path in a folder that nobody trusts may lead to another machine: it is not looked at.
    if (file.configuration !== undefined && workspace.isTrusted) void this.lookForCorpus(document, file);
  }

  private async lookForCorpus(document: TextDocument, file: CheckedFile & { problems?: undefined }): Promise<void> {
    const problem = await corpusProblem(file.configuration.corpus);
    if (problem === undefined || this.find(document) !== file) return;
    // Only a warning: the file may be meant for another machine.
    const message = `corpus.path: ${problem}`;
    this.diagnostics.set(document.uri, [said(new Diagnostic(file.pathRange, message, DiagnosticSeverity.Warning))]);
  }

  private forget(document: TextDocument): void {
    const key = document.uri.toString();
    clearTimeout(this.waiting.get(key));
    this.waiting.delete(key);
    this.diagnostics.delete(document.uri);
    if (this.checked.delete(key)) this.changed.fire();
  }

  dispose(): void {
    for (const timer of this.waiting.values()) clearTimeout(timer);
    for (const subscription of this.subscriptions) subscription.dispose();
    this.diagnostics.dispose();
    this.changed.dispose();
  }
}

function said(diagnostic: Diagnostic): Diagnostic {
  return Object.assign(diagnostic, { source });
}
