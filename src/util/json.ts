/** A fault in a JSON text: where it is and what is wrong. */
export interface JsonFault {
  /** UTF-16 units before it, without a byte-order mark. */
  readonly offset: number;
  /** Line and column from 1, in UTF-16 units. */
  readonly line: number;
  readonly column: number;
  readonly problem: string;
}

/** A JSON text that is malformed. `message` says where and what, without the file's name. */
export class JsonError extends Error {
  constructor(readonly fault: JsonFault) {
    super(`line ${fault.line}, column ${fault.column}: ${fault.problem}`);
    this.name = 'JsonError';
  }
}

/**
 * Parses a JSON text. Stricter than `JSON.parse` in one thing: a key that stands twice in an object is refused, since
 * the first one would be ignored without a word. A byte-order mark at the start is allowed.
 *
 * @throws JsonError with line and column (the messages of `JSON.parse` name a position only sometimes)
 */
export function parseJson(text: string): unknown {
  const plain = text.startsWith('\uFEFF') ? text.slice(1) : text;
  const fault = new JsonScanner(plain).findFault();
  if (fault !== undefined) throw new JsonError(fault);
  return JSON.parse(plain);
}

/** Where an offset is: line and column from 1, in UTF-16 units. */
export function lineAndColumn(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset).split(/\r\n|\r|\n/);
  return { line: before.length, column: (before.at(-1) ?? '').length + 1 };
}

/** Deeper nesting than this is taken for a mistake: nothing of ours nests deeper than ten. */
const deepest = 200;

class Fault extends Error {
  constructor(
    readonly offset: number,
    problem: string,
  ) {
    super(problem);
  }
}

/** Walks a text by the grammar of RFC 8259 and stops at the first fault. */
class JsonScanner {
  private at = 0;

  constructor(private readonly text: string) {}

  findFault(): JsonFault | undefined {
    try {
      this.value(0);
      this.blanks();
      if (this.at < this.text.length) this.fail(`expected the end of the text, found ${this.found()}`);
      return undefined;
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      return { offset: error.offset, ...lineAndColumn(this.text, error.offset), problem: error.message };
    }
  }

  private fail(problem: string, offset = this.at): never {
    throw new Fault(offset, problem);
  }

  private found(): string {
    const character = this.text.codePointAt(this.at);
    return character === undefined ? 'the end of the text' : JSON.stringify(String.fromCodePoint(character));
  }

  private blanks(): void {
    while (' \t\n\r'.includes(this.text[this.at] ?? '?')) this.at++;
  }

  private value(depth: number): void {
    if (depth > deepest) this.fail(`nested deeper than ${deepest} levels`);
    this.blanks();
    const first = this.text[this.at];
    if (first === '{') this.object(depth);
    else if (first === '[') this.list(depth);
    else if (first === '"') this.string();
    else this.word();
  }

  private object(depth: number): void {
    const seen = new Set<string>();
    this.items('}', () => {
      const start = this.at;
      if (this.text[start] !== '"') this.fail(`expected a key in double quotes, found ${this.found()}`);
      const key = this.string();
      if (seen.has(key)) this.fail(`the key ${JSON.stringify(key)} occurs twice in this object`, start);
      seen.add(key);
      this.blanks();
      if (this.text[this.at] !== ':') this.fail(`expected ":" after the key, found ${this.found()}`);
      this.at++;
      this.value(depth + 1);
    });
  }

  private list(depth: number): void {
    this.items(']', () => this.value(depth + 1));
  }

  /** The items between the opening bracket, where the scanner stands, and the closing one. */
  private items(close: string, item: () => void): void {
    this.at++;
    this.blanks();
    if (this.text[this.at] === close) {
      this.at++;
      return;
    }
    for (;;) {
      this.blanks();
      item();
      this.blanks();
      const next = this.text[this.at];
      if (next !== ',' && next !== close) this.fail(`expected "," or "${close}", found ${this.found()}`);
      this.at++;
      if (next === close) return;
    }
  }

  private string(): string {
    const start = this.at;
    for (this.at++; ; this.at++) {
      const character = this.text[this.at];
      if (character === undefined) this.fail('this text in double quotes has no end', start);
      if (character === '"') break;
      if (character < ' ') this.fail('a line break or another control character within double quotes');
      if (character === '\\') {
        const escape = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;
        escape.lastIndex = this.at;
        const match = escape.exec(this.text);
        if (match === null) this.fail('an unknown escape after "\\" (write "\\\\" for a backslash)');
        this.at += match[0].length - 1;
      }
    }
    this.at++;
    return String(JSON.parse(this.text.slice(start, this.at)));
  }

  /** A number, true, false or null. */
  private word(): void {
    const pattern = /(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?)(?![\w.+-])/y;
    pattern.lastIndex = this.at;
    const match = pattern.exec(this.text);
    if (match === null) this.fail(`expected a value, found ${this.found()}`);
    this.at += match[0].length;
  }
}
