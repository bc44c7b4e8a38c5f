import { spawn } from 'node:child_process';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { createInterface } from 'node:readline';
import { messageOf } from '../../src/util/errors.ts';
import { answerKinds, answerSchema } from './protocol.ts';
import type { Answer, AnswerTo, Request } from './protocol.ts';

/** A side that cannot run on this machine, as opposed to one that broke. */
export class UnavailableError extends Error {
  override name = 'UnavailableError';
}

export interface SideCommand {
  /** As the report calls it. */
  name: string;
  command: string;
  arguments: readonly string[];
  /** On top of the benchmark's own; a variable that is undefined here is taken away. */
  environment?: Readonly<Record<string, string | undefined>>;
}

const running = new Set<ChildProcessWithoutNullStreams>();

/** Ends every side at once, without waiting: for the process's own end, however it comes. */
export function killAllSides(): void {
  for (const child of running) child.kill('SIGKILL');
}

/** A process that is measured. It stays alive between rounds and waits for its next request. */
export class Side {
  private waiting: { resolve: (answer: Answer) => void; reject: (error: Error) => void } | undefined;
  private ended: Error | undefined;
  private lastErrors = '';
  private readonly closed: Promise<void>;
  private readonly child: ChildProcessWithoutNullStreams;

  constructor(private readonly options: SideCommand) {
    const { command, environment } = options;
    const child = spawn(command, options.arguments, {
      env: { ...process.env, ...environment },
      // Out of the terminal's group: Ctrl-C reaches the benchmark alone, which then ends its sides.
      detached: process.platform !== 'win32',
    });
    this.child = child;
    running.add(child);
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.lastErrors = (this.lastErrors + text).slice(-2000);
    });
    // Whoever writes to a side that has ended learns it from `close`, with the reason.
    child.stdin.on('error', () => undefined);
    child.on('error', (error) => this.end(new UnavailableError(`${command} could not be started: ${error.message}`)));
    createInterface({ input: child.stdout }).on('line', (line) => this.receive(line));
    this.closed = new Promise((resolve) => {
      child.on('close', (code, signal) => {
        running.delete(child);
        const how = signal === null ? `with code ${String(code)}` : `by ${signal}`;
        this.end(new Error(`${options.name} ended unexpectedly ${how}. ${this.lastErrors.trim()}`.trim()));
        resolve();
      });
    });
  }

  get name(): string {
    return this.options.name;
  }

  /**
   * Asks and waits for the answer.
   * @throws UnavailableError when the side cannot run here, Error when it failed or ended
   */
  async ask<K extends Request['kind']>(request: Extract<Request, { kind: K }>): Promise<AnswerTo<K>> {
    if (this.ended) throw this.ended;
    if (this.waiting) throw new Error(`${this.name} was asked for ${request.kind} before its last answer came`);
    const answer = await new Promise<Answer>((resolve, reject) => {
      this.waiting = { resolve, reject };
      this.child.stdin.write(JSON.stringify(request) + '\n');
    });
    if (answer.kind === 'unavailable') throw new UnavailableError(answer.message);
    if (answer.kind === 'error') throw new Error(`${this.name} failed: ${answer.message} ${this.lastErrors.trim()}`);
    if (!isAnswerTo(request.kind, answer)) {
      throw new Error(`${this.name} answered ${request.kind} with ${answer.kind}`);
    }
    return answer as AnswerTo<K>;
  }

  /** Lets the side end by itself, and kills it when it does not within 5 seconds. */
  async stop(): Promise<void> {
    this.child.stdin.end();
    const timer = setTimeout(() => this.child.kill('SIGKILL'), 5000);
    await this.closed;
    clearTimeout(timer);
  }

  private receive(line: string): void {
    const { waiting } = this;
    this.waiting = undefined;
    try {
      waiting?.resolve(answerSchema.parse(JSON.parse(line)));
    } catch (error) {
      waiting?.reject(new Error(`${this.name} answered ${line.slice(0, 200)}: ${messageOf(error)}`));
    }
  }

  private end(error: Error): void {
    this.ended ??= error;
    this.waiting?.reject(this.ended);
    this.waiting = undefined;
  }
}

function isAnswerTo(kind: Request['kind'], answer: Answer): boolean {
  return answer.kind === answerKinds[kind];
}
