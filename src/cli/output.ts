import { Presets, SingleBar } from 'cli-progress';
import { logLines } from '../training/events.ts';
import type { RunProgress } from '../training/events.ts';
import type { SessionEvent, SessionListener, StartEvent } from '../training/sessions.ts';
import { shown } from '../util/shown.ts';

/** One JSON object as a line on stdout. */
export function printJson(value: object): void {
  process.stdout.write(`${JSON.stringify(value, finite)}\n`);
}

/** A line for a person on stdout. Names and words in it may come from anywhere. */
export function printLine(line: string): void {
  process.stdout.write(`${shown(line)}\n`);
}

/** JSON has no infinity: a perplexity beyond the largest number is written as that number. */
function finite(_: string, value: unknown): unknown {
  return value === Infinity ? Number.MAX_VALUE : value;
}

/** What training tells, as JSON lines: events on stdout, notices on stderr. */
export function jsonListener(): SessionListener {
  return { onEvent: printJson, onNotice };
}

/** What training tells, for a person: the document's log lines, and a progress bar where there is a terminal. */
export function humanListener(): SessionListener & { close(): void } {
  const bar = process.stderr.isTTY ? new ProgressBar() : undefined;
  let start: StartEvent | undefined;
  const print = (line: string) => {
    bar?.clear();
    printLine(line);
  };
  return {
    onEvent: (event) => {
      if (event.event === 'start') start = event;
      for (const line of linesOf(event, start)) print(line);
    },
    onProgress: (progress) => bar?.show(progress, start?.measure ?? 'perplexity'),
    onNotice: (sentence) => {
      bar?.clear();
      onNotice(sentence);
    },
    close: () => bar?.clear(),
  };
}

/** A sentence that a person should read, on stderr. */
export function onNotice(sentence: string): void {
  process.stderr.write(`seqlab: ${shown(sentence)}\n`);
}

function linesOf(event: SessionEvent, start: StartEvent | undefined): string[] {
  if (event.event === 'start') {
    const { run, parameters, vocabulary, trainTokens, resumedAt } = event;
    return [
      `Run ${run} in ${event.directory}`,
      `${grouped(parameters)} parameters, ${grouped(vocabulary)} tokens in the vocabulary, ${grouped(trainTokens)} training tokens`,
      ...(resumedAt === undefined ? [] : [`Resumed after step ${grouped(resumedAt)}`]),
    ];
  }
  const { measure = 'perplexity', floor } = start ?? {};
  const lines = logLines(event, measure);
  if (event.event !== 'done' || event.testPerplexity === undefined || floor === undefined) return lines;
  // The floor is of models that see the words before alone.
  if (measure !== 'perplexity') return lines;
  const ratio = (event.testPerplexity / floor).toFixed(3);
  return [
    ...lines,
    `The lowest possible perplexity on this corpus is ${floor.toFixed(3)}; this model reaches ${ratio} times that.`,
  ];
}

function grouped(value: number): string {
  return value.toLocaleString('en-US');
}

/** A bar on stderr that gives way to lines. */
class ProgressBar {
  private bar: SingleBar | undefined;

  constructor() {
    // A second Ctrl-C ends the process at once: the terminal must have its cursor back even then.
    process.once('exit', () => this.clear());
  }

  /** @param measure what the perplexities of the run are */
  show(
    { phase, epoch, epochs, fraction, perplexity, wordsPerSecond, secondsLeft }: RunProgress,
    measure: StartEvent['measure'],
  ): void {
    const percentage = Math.floor(fraction * 100);
    const figures = {
      phase: phase === 'train' ? `Epoch ${epoch}/${epochs}` : phase === 'valid' ? 'Validation' : 'Test',
      measure,
      perplexity: perplexity.toFixed(1),
      speed: wordsPerSecond === 0 ? '–' : grouped(Math.round(wordsPerSecond)),
      left: secondsLeft === null ? '–' : duration(secondsLeft),
    };
    if (this.bar) {
      this.bar.update(percentage, figures);
      return;
    }
    const format = '{phase} [{bar}] {percentage}% | {measure} {perplexity} | {speed} words/s | {left} left';
    this.bar = new SingleBar({ format, hideCursor: true, clearOnComplete: true, barsize: 24 }, Presets.legacy);
    this.bar.start(100, percentage, figures);
  }

  clear(): void {
    this.bar?.stop();
    this.bar = undefined;
  }
}

/** `1:02:03` or `2:03`. */
function duration(seconds: number): string {
  const whole = Math.round(seconds);
  const parts = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const shown = parts[0] === 0 ? parts.slice(1) : parts;
  return shown.map((part, index) => (index === 0 ? `${part}` : `${part}`.padStart(2, '0'))).join(':');
}
