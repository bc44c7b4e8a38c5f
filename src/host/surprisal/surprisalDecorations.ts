import { DecorationRangeBehavior, Hover, MarkdownString, OverviewRulerLane, ThemeColor, window } from 'vscode';
import type { Disposable, Range, TextEditor, TextEditorDecorationType } from 'vscode';

import type { ScoredToken } from '../../protocol/inference.ts';
import { highestLevel, levelOf } from './surprisalBlocks.ts';
import { visible } from '../../protocol/visible.ts';
import { shortened } from '../text.ts';

export interface PlacedToken {
  readonly token: ScoredToken;
  readonly range: Range;
}

/** The colours of surprisal in editors: those of the panel of predictions, declared in package.json, so that themes can change them. */
export class SurprisalLooks implements Disposable {
  private readonly levels: readonly TextEditorDecorationType[];
  private readonly unknown: TextEditorDecorationType;

  constructor() {
    const rangeBehavior = DecorationRangeBehavior.ClosedClosed;
    this.levels = Array.from({ length: highestLevel }, (_, index) =>
      window.createTextEditorDecorationType({
        backgroundColor: new ThemeColor(`sequenceLab.surprisal${index + 1}.background`),
        color: new ThemeColor(`sequenceLab.surprisal${index + 1}.foreground`),
        borderRadius: '2px',
        rangeBehavior,
        // What stands out most is found in a long document, too.
        ...(index + 1 < highestLevel
          ? {}
          : {
              overviewRulerColor: new ThemeColor(`sequenceLab.surprisal${index + 1}.background`),
              overviewRulerLane: OverviewRulerLane.Right,
            }),
      }),
    );
    this.unknown = window.createTextEditorDecorationType({
      // In the colour of the text: it can be seen on all steps.
      textDecoration: 'underline dotted 2px',
      rangeBehavior,
    });
  }

  draw(editor: TextEditor, tokens: readonly PlacedToken[]): void {
    this.levels.forEach((type, index) => {
      const ofLevel = tokens.filter(({ token }) => levelOf(token.bits) === index + 1);
      editor.setDecorations(
        type,
        ofLevel.map(({ range }) => range),
      );
    });
    editor.setDecorations(
      this.unknown,
      tokens.filter(({ token }) => !token.known).map(({ range }) => range),
    );
  }

  clear(editor: TextEditor): void {
    this.draw(editor, []);
  }

  dispose(): void {
    for (const type of [...this.levels, this.unknown]) type.dispose();
  }
}

/** What is said of a token: how probable it was, what would have been likelier, and by which run. */
export function hoverOf({ token, range }: PlacedToken, run: string): Hover {
  const text = new MarkdownString();
  const { bits, probability, rank, alternatives, known, readAs } = token;
  const facts = `${bits.toFixed(1)} bits · ${percent(probability)} · rank ${rank.toLocaleString('en-US')}`;
  text
    .appendMarkdown('**')
    .appendText(shortened(visible(readAs)))
    .appendMarkdown(`** ${facts}`);
  if (!known) text.appendMarkdown('\n\nNot in the vocabulary: read as the unknown word.');
  if (alternatives.length > 0) text.appendMarkdown('\n\n| Most likely here | |\n|:--|--:|');
  for (const { word, probability: share } of alternatives)
    text.appendMarkdown(`\n| ${inCell(visible(word))} | ${percent(share)} |`);
  text.appendMarkdown('\n\nRun: “').appendText(shortened(run)).appendMarkdown('”');
  return new Hover(text, range);
}

/** VS Code's own escaping lets through what parts the cells of a table. */
function inCell(text: string): string {
  return new MarkdownString().appendText(shortened(text)).value.replaceAll('|', '\\|');
}

function percent(probability: number): string {
  const value = probability * 100;
  return value < 0.01 ? '< 0.01 %' : `${Number(value.toPrecision(2))} %`;
}
