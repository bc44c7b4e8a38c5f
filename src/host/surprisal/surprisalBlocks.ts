import type { ScoredToken } from '../../protocol/inference.ts';

/** A part of a document that is scored by itself: a paragraph, or some lines of a long one. */
export interface Block {
  /** UTF-16 units before it. */
  readonly start: number;
  readonly text: string;
}

/** A longer block is parted at its next line break, a line that is as long at its next space. */
const longest = 4000;

/**
 * A document's blocks, in their order; white space between them belongs to none. A change of the text leaves all blocks as
 * they are but its own, and those behind it in the same paragraph.
 */
export function blocksOf(text: string): Block[] {
  const blocks: Block[] = [];
  for (const { 0: paragraph, index } of text.matchAll(/\S[^\n]*(?:\n[^\S\n]*\S[^\n]*)*\n?/g)) {
    for (let from = 0; from < paragraph.length;) {
      const end = blockEnd(paragraph, from);
      blocks.push({ start: index + from, text: paragraph.slice(from, end) });
      from = end;
    }
  }
  return blocks;
}

/** The blocks of a document as it is now: they are made anew only when it has changed. */
export class DocumentBlocks {
  private made: { readonly version: number; readonly blocks: readonly Block[] } | undefined;

  constructor(private readonly document: { readonly version: number; getText(): string }) {}

  all(): readonly Block[] {
    const { version } = this.document;
    if (this.made?.version !== version) this.made = { version, blocks: blocksOf(this.document.getText()) };
    return this.made.blocks;
  }
}

function blockEnd(paragraph: string, from: number): number {
  if (paragraph.length - from <= longest) return paragraph.length;
  const line = paragraph.indexOf('\n', from + longest);
  if (line >= 0 && line < from + 2 * longest) return line + 1;
  const space = paragraph.slice(from + longest, from + 2 * longest).search(/\s/);
  return space < 0 ? Math.min(paragraph.length, from + 2 * longest) : from + longest + space + 1;
}

/** How much a word was not expected, in steps from 0: each stands for so many bits. */
export const bitsPerLevel = 2.4;
export const highestLevel = 5;

/** The step of the scale that is nearest to a surprisal. */
export function levelOf(bits: number): number {
  return Math.min(highestLevel, Math.round(bits / bitsPerLevel));
}

/** Tokens that are kept, with their alternatives 30 MB: a hundred pages. What is wanted just now is kept however much it is. */
const maxTokens = 60_000;

/** The tokens of blocks by their text, those that were wanted last at the end: what was scored once is not scored again. */
export class BlockScores {
  private readonly scores = new Map<string, readonly ScoredToken[]>();
  private tokens = 0;

  constructor(private readonly score: (text: string, signal: AbortSignal) => Promise<readonly ScoredToken[]>) {}

  /** Places of tokens are counted from the start of the block. */
  of(text: string): readonly ScoredToken[] | undefined {
    return this.scores.get(text);
  }

  /**
   * Scores the blocks that are not known yet, one after the other.
   * @param onScored told after each how many are still to come
   * @throws what the scoring throws; nothing where the signal aborts
   */
  async add(
    texts: readonly string[],
    { signal, onScored }: { signal: AbortSignal; onScored: (left: number) => void },
  ): Promise<void> {
    for (const text of texts) {
      const tokens = this.scores.get(text);
      if (tokens !== undefined && this.scores.delete(text)) this.scores.set(text, tokens);
    }
    const wanted = new Set(texts);
    const missing = [...wanted].filter((text) => !this.scores.has(text));
    for (const [index, text] of missing.entries()) {
      if (signal.aborted) return;
      try {
        const tokens = await this.score(text, signal);
        // Who asked for the same at the same time may have it already.
        if (!this.scores.has(text)) this.tokens += tokens.length;
        this.scores.set(text, tokens);
      } catch (error) {
        if (signal.aborted) return;
        throw error;
      }
      this.forget(wanted);
      onScored(missing.length - index - 1);
    }
  }

  /** Drops what was wanted least lately. */
  private forget(wanted: ReadonlySet<string>): void {
    for (const [text, tokens] of this.scores) {
      if (this.tokens <= maxTokens || wanted.has(text)) break;
      this.scores.delete(text);
      this.tokens -= tokens.length;
    }
  }
}
