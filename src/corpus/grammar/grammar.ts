/** A terminal of a rule's right side: a word of the text. */
export interface Terminal {
  readonly word: string;
}
/** A nonterminal of a rule's right side, by its place in `Grammar.nonterminals`. */
export interface Nonterminal {
  readonly nonterminal: number;
}
export type GrammarSymbol = Terminal | Nonterminal;

export interface Rule {
  readonly left: number;
  readonly right: readonly GrammarSymbol[];
  /** Probability of this rule among those with the same left side. */
  readonly probability: number;
}

/** A probabilistic context-free grammar without empty rules. */
export interface Grammar {
  readonly start: number;
  readonly nonterminals: readonly string[];
  readonly rules: readonly Rule[];
  /** Places in `rules`, by left side. */
  readonly rulesOf: readonly (readonly number[])[];
}

/** A rule as written: a name, a weight, and names of nonterminals and words in double quotes. */
export interface WeightedRule {
  readonly left: string;
  readonly weight: number;
  readonly right: readonly string[];
}

/** What the variables of rule templates stand for: `{n}` with `n: ['sg', 'pl']`. */
export type Variables = Readonly<Record<string, readonly string[]>>;

/** The alternatives of `text` with every variable replaced by each of its values. */
function expand(text: string, variables: Variables): string[] {
  const found = /\{(\w+)\}/.exec(text);
  if (!found) return [text];
  const [template, name = ''] = found;
  const values = variables[name];
  if (!values) throw new Error(`grammar: unknown variable ${template} in: ${text}`);
  return values.flatMap((value) => expand(text.replaceAll(template, value), variables));
}

/**
 * Reads rules written as `Left : 3 Right "word" | 1 Other`, one left side a line; a line that starts with `|` goes on
 * with the line above, and `#` starts a comment line. A variable on the left (and wherever it stands again on the right)
 * makes one rule a value; one only on the right makes one alternative a value, which share the alternative's weight.
 */
export function parseRules(text: string, variables: Variables): WeightedRule[] {
  const lines: string[] = [];
  for (const raw of text.split('\n')) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    if (line.startsWith('|')) lines.push(`${lines.pop() ?? ''} ${line}`);
    else lines.push(line);
  }
  const rules: WeightedRule[] = [];
  for (const line of lines.flatMap((template) => expandLeft(template, variables))) {
    const [, left, alternatives] = /^(\S+) : (.*)$/.exec(line) ?? [];
    if (left === undefined || alternatives === undefined) throw new Error(`grammar: cannot read the rule: ${line}`);
    for (const alternative of alternatives.split('|')) {
      const expanded = expand(alternative.trim(), variables);
      for (const one of expanded) {
        const [weight, ...right] = one.split(/\s+/);
        if (!(Number(weight) > 0) || right.length === 0) throw new Error(`grammar: cannot read "${one}" in: ${line}`);
        rules.push({ left, weight: Number(weight) / expanded.length, right });
      }
    }
  }
  return rules;
}

/** The line once for each value of the variables of its left side. */
function expandLeft(line: string, variables: Variables): string[] {
  const found = /^[^:]*?\{(\w+)\}[^:]* : /.exec(line);
  const name = found?.[1];
  if (name === undefined) return [line];
  const values = variables[name];
  if (!values) throw new Error(`grammar: unknown variable {${name}} in: ${line}`);
  return values.flatMap((value) => expandLeft(line.replaceAll(`{${name}}`, value), variables));
}

/**
 * The grammar of the rules: weights become probabilities. What nothing leads to from `start` is left out, because the
 * templates make some combinations that no rule asks for. Throws an Error that names a nonterminal without a rule (the
 * rules are ours, so this is a fault of ours).
 */
export function buildGrammar(start: string, all: readonly WeightedRule[]): Grammar {
  const reached = reachable(start, all);
  const weighted = all.filter(({ left }) => reached.has(left));
  const totals = new Map<string, number>();
  for (const { left, weight } of weighted) totals.set(left, (totals.get(left) ?? 0) + weight);

  const nonterminals = [...totals.keys()];
  const placeOf = new Map(nonterminals.map((name, place) => [name, place]));
  const place = (name: string): number => {
    const found = placeOf.get(name);
    if (found === undefined) throw new Error(`grammar: no rule for ${name}`);
    return found;
  };
  const rules = weighted.map(({ left, weight, right }) => ({
    left: place(left),
    right: right.map((name) => (name.startsWith('"') ? { word: name.slice(1, -1) } : { nonterminal: place(name) })),
    probability: weight / (totals.get(left) ?? Number.NaN),
  }));
  const rulesOf: number[][] = nonterminals.map(() => []);
  rules.forEach(({ left }, index) => rulesOf[left]?.push(index));
  return { start: place(start), nonterminals, rules, rulesOf };
}

function reachable(start: string, weighted: readonly WeightedRule[]): Set<string> {
  const rightOf = new Map<string, string[]>();
  for (const { left, right } of weighted) {
    const names = rightOf.get(left) ?? [];
    names.push(...right.filter((name) => !name.startsWith('"')));
    rightOf.set(left, names);
  }
  const reached = new Set([start]);
  for (const name of reached) for (const next of rightOf.get(name) ?? []) reached.add(next);
  return reached;
}
