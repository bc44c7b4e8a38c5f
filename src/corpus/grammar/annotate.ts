import type { Grammar, GrammarSymbol } from './grammar.ts';

export type GrammaticalNumber = 'singular' | 'plural';

/** What is true after a token has been read; a unit of a network that follows one of these is worth finding. */
export interface TokenFacts {
  /** Quotations that are open. */
  readonly quotationDepth: number;
  /** Clauses that the token is inside of. */
  readonly clauseDepth: number;
  /** Number of the subject of the innermost clause, as soon as a word has shown it. */
  readonly subjectNumber: GrammaticalNumber | undefined;
  /** The innermost clause has a subject (or a relative pronoun for it) whose finite verb is still to come. */
  readonly verbDue: boolean;
}

interface Clause {
  readonly number: GrammaticalNumber;
  shown: boolean;
  verbDue: boolean;
}

const headNames = new Set(['Noun', 'Surname', 'Brand']);
const finiteNames = new Set(['Present', 'Past', 'Have', 'Do', 'Be', 'Modal']);

/** The facts of each word of a derivation (rules in leftmost order, as the sampler gives them), and of the `<eos>` after it. */
export function annotate(grammar: Grammar, derivation: readonly number[]): TokenFacts[] {
  const facts: TokenFacts[] = [];
  const clauses: Clause[] = [];
  let quotationDepth = 0;
  let next = 0;

  const read = (parent: string): void => {
    const clause = clauses.at(-1);
    if (parent === 'Open') quotationDepth++;
    if (parent === 'Close') quotationDepth--;
    if (clause) {
      if (headNames.has(parent)) showSubject(clause);
      else if (finiteNames.has(parent)) {
        // In a question the verb comes first, and shows the number of the subject to come.
        clause.verbDue = false;
        if (parent === 'Do' || parent === 'Be' || parent === 'Have') clause.shown = true;
      } else if (parent === 'Again') clause.verbDue = true;
    }
    facts.push({
      quotationDepth,
      clauseDepth: clauses.length,
      subjectNumber: clause?.shown ? clause.number : undefined,
      verbDue: clause?.verbDue ?? false,
    });
  };

  const walk = (symbol: GrammarSymbol, parent: string): void => {
    if ('word' in symbol) {
      read(parent);
      return;
    }
    const rule = grammar.rules[derivation[next++] ?? -1];
    const name = grammar.nonterminals[symbol.nonterminal];
    if (!rule || name === undefined || rule.left !== symbol.nonterminal) {
      throw new Error(`grammar: rule ${next - 1} of the derivation does not rewrite ${name ?? 'its nonterminal'}`);
    }
    const [category = '', type, number] = name.split('.');
    const isClause = category === 'Clause';
    if (isClause) {
      const relative = type === 'relative';
      clauses.push({ number: number === 'sg' ? 'singular' : 'plural', shown: relative, verbDue: relative });
    }
    for (const part of rule.right) walk(part, category);
    if (isClause) clauses.pop();
  };

  walk({ nonterminal: grammar.start }, '');
  facts.push({ quotationDepth, clauseDepth: 0, subjectNumber: undefined, verbDue: false });
  return facts;
}

/** The head of the first noun phrase of a clause is its subject: those of its attributes and objects come later. */
function showSubject(clause: Clause): void {
  if (clause.shown) return;
  clause.shown = true;
  clause.verbDue = true;
}
