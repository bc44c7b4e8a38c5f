import type { Grammar } from '../../../src/corpus/grammar/grammar.ts';

/** Number of parses of a symbol over a span, and the sum of their probabilities. */
interface Inside {
  parses: number;
  probability: number;
}

interface BinaryRule {
  left: string;
  right: string;
  probability: number;
}

/**
 * The inside algorithm over a binarised copy of a grammar (Lari and Young 1990; CKY with unit rules closed over each span).
 * It shares nothing with the sampler but the rules, so it can check the sampler's probabilities and count parses.
 */
export class ChartParser {
  private readonly start: string;
  /** By the first symbol of the right side. */
  private readonly binary = new Map<string, BinaryRule[]>();
  private readonly units: { left: string; right: string; probability: number }[] = [];
  private readonly unitsOf = new Map<string, { left: string; probability: number }[]>();
  private readonly order = new Map<string, number>();

  constructor(grammar: Grammar) {
    const nameOf = (place: number): string => `<${grammar.nonterminals[place] ?? '?'}>`;
    this.start = nameOf(grammar.start);
    grammar.rules.forEach((rule, index) => {
      const right = rule.right.map((symbol) => ('word' in symbol ? symbol.word : nameOf(symbol.nonterminal)));
      let left = nameOf(rule.left);
      let probability = rule.probability;
      for (let place = 0; place < right.length - 2; place++) {
        const tail = `<rule ${index} from ${place + 1}>`;
        this.addBinary(right[place] ?? '', { left, right: tail, probability });
        [left, probability] = [tail, 1];
      }
      const [last, beforeLast] = [right.at(-1) ?? '', right.at(-2)];
      if (beforeLast === undefined) this.units.push({ left, right: last, probability });
      else this.addBinary(beforeLast, { left, right: last, probability });
    });
    this.orderUnits();
  }

  /** The sentence's parses and their probability together. */
  parse(words: readonly string[]): Inside {
    const length = words.length;
    // cells[start][end] for the span start..end-1
    const cells: Map<string, Inside>[][] = Array.from({ length }, () => []);
    for (let end = 1; end <= length; end++) {
      for (let start = end - 1; start >= 0; start--) {
        const cell = new Map<string, Inside>();
        if (end - start === 1) cell.set(words[start] ?? '', { parses: 1, probability: 1 });
        for (let middle = start + 1; middle < end; middle++) {
          const rightCell = cells[middle]?.[end];
          for (const [name, first] of cells[start]?.[middle] ?? []) {
            for (const rule of this.binary.get(name) ?? []) {
              const second = rightCell?.get(rule.right);
              if (second) {
                const probability = rule.probability * first.probability * second.probability;
                add(cell, rule.left, { parses: first.parses * second.parses, probability });
              }
            }
          }
        }
        this.closeUnits(cell);
        const row = cells[start];
        if (row) row[end] = cell;
      }
    }
    return cells[0]?.[length]?.get(this.start) ?? { parses: 0, probability: 0 };
  }

  private addBinary(first: string, rule: BinaryRule): void {
    const rules = this.binary.get(first) ?? [];
    rules.push(rule);
    this.binary.set(first, rules);
  }

  /** Ranks symbols so that a unit rule's right side comes before its left one; a cycle would mean endless parses. */
  private orderUnits(): void {
    for (const { left, right, probability } of this.units) {
      const list = this.unitsOf.get(right) ?? [];
      list.push({ left, probability });
      this.unitsOf.set(right, list);
    }
    const rank = (name: string, path: readonly string[]): number => {
      if (path.includes(name)) throw new Error(`unit rules go in a circle: ${[...path, name].join(' ')}`);
      const known = this.order.get(name);
      if (known !== undefined) return known;
      const above = (this.unitsOf.get(name) ?? []).map(({ left }) => rank(left, [...path, name]));
      const own = above.length === 0 ? 0 : Math.max(...above) + 1;
      this.order.set(name, own);
      return own;
    };
    for (const name of this.unitsOf.keys()) rank(name, []);
  }

  private closeUnits(cell: Map<string, Inside>): void {
    // The highest rank is the furthest from the top, so by the time a symbol is taken all that feed it are complete.
    const waiting = [...cell.keys()];
    const done = new Set<string>();
    while (waiting.length > 0) {
      waiting.sort((left, right) => (this.order.get(left) ?? 0) - (this.order.get(right) ?? 0));
      const name = waiting.pop() ?? '';
      if (done.has(name)) continue;
      done.add(name);
      const inside = cell.get(name) ?? { parses: 0, probability: 0 };
      for (const { left, probability } of this.unitsOf.get(name) ?? []) {
        add(cell, left, { parses: inside.parses, probability: probability * inside.probability });
        if (!waiting.includes(left)) waiting.push(left);
      }
    }
  }
}

function add(cell: Map<string, Inside>, name: string, { parses, probability }: Inside): void {
  const known = cell.get(name);
  if (known) {
    known.parses += parses;
    known.probability += probability;
  } else cell.set(name, { parses, probability });
}
