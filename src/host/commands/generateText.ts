import { commands, ProgressLocation, Range, window, workspace, WorkspaceEdit } from 'vscode';
import type { CancellationToken, Progress, TextDocument } from 'vscode';
import * as z from 'zod';

import { inference, samplingSchema } from '../../protocol/inference.ts';
import type { ListedRun } from '../../runs/list.ts';
import { isWhole, nameOf } from '../experiments/experiments.ts';
import type { WholeRun } from '../experiments/experiments.ts';
import type { Extension } from '../extensionParts.ts';
import { describeCount, numberOf, promptOf, randomSeed, describeSampling } from '../questions/generationInput.ts';
import { back, inputStep, pickStep } from '../questions/multiStep.ts';
import { inLabel, inMessage, shortened } from '../text.ts';
import { checkTrust } from '../trust.ts';
import { chooseRun } from './chooseRun.ts';

const title = 'Generate Text';
const optionsKey = 'generateText.options';
const totalSteps = 4;

const optionsSchema = z.object({ words: z.int().min(1).max(1_000_000), sampling: samplingSchema });
type Options = z.output<typeof optionsSchema>;
interface Answers extends Options {
  readonly prompt: string;
  readonly seed: number;
}

/** Asks for a prompt and how to draw words, and writes them into a new editor as they come. */
export async function generateText(
  extension: Pick<Extension, 'context' | 'experiments' | 'modelServer'>,
  argument?: unknown,
): Promise<void> {
  if (!checkTrust()) return;
  const run = await chooseRun(extension, argument, {
    title,
    none: 'No run can continue a text yet. Bidirectional models only fill gaps.',
    fits: writes,
    whyNot: (one) => (isWhole(one) ? 'this run is bidirectional and only fills gaps; choose a forward one' : undefined),
  });
  if (run === undefined) return;
  const answers = await askAll(extension, run);
  if (answers !== undefined) await write(extension, run, answers);
}

function writes(run: ListedRun): run is WholeRun {
  return isWhole(run) && run.config.configuration.model.direction !== 'bidirectional';
}

/** The questions, one after the other; each can go back to the one before. @returns undefined when the user wants no more */
async function askAll({ context }: Pick<Extension, 'context'>, run: WholeRun): Promise<Answers | undefined> {
  const { words, sampling } = optionsSchema.safeParse(context.workspaceState.get(optionsKey)).data ?? {
    words: 200,
    sampling: samplingSchema.parse({}),
  };
  const editor = window.activeTextEditor;
  const draft = {
    prompt: editor === undefined ? '' : promptOf(editor.document.getText(editor.selection)),
    words,
    sampling,
    seed: randomSeed(),
  };
  const steps = [askPrompt, askWords, askSampling, askSeed];
  for (let step = 0; step < steps.length;) {
    const heading = { title: `${title} with ${inLabel(nameOf(run))}`, step: step + 1, totalSteps };
    const answer = await steps[step]?.(draft, heading);
    if (answer === undefined) return undefined;
    step += answer === back ? -1 : 1;
  }
  await context.workspaceState.update(optionsKey, { words: draft.words, sampling: draft.sampling });
  return draft;
}

type Draft = { -readonly [K in keyof Answers]: Answers[K] };
interface Heading {
  readonly title: string;
  readonly step: number;
  readonly totalSteps: number;
}
type Done = true | typeof back | undefined;

const noProblem = (): Promise<undefined> => Promise.resolve(undefined);

async function askPrompt(draft: Draft, heading: Heading): Promise<Done> {
  const prompt = 'The prompt to continue; empty to start a sentence';
  const answer = await inputStep({ ...heading, prompt, value: draft.prompt, problem: noProblem });
  if (answer === undefined || answer === back) return answer;
  draft.prompt = answer;
  return true;
}

async function askWords(draft: Draft, heading: Heading): Promise<Done> {
  const number = await askNumber(heading, {
    prompt: 'Number of words (characters with a character model)',
    value: draft.words,
    range: { least: 1, most: 1_000_000, whole: true },
  });
  if (typeof number !== 'number') return number;
  draft.words = number;
  return true;
}

async function askSampling(draft: Draft, heading: Heading): Promise<Done> {
  const { sampling } = draft;
  const kinds = [
    { label: 'As the model expects', description: 'temperature 1, all words', sampling: {} },
    { label: 'Without rare words', description: 'temperature 1, nucleus 0.9', sampling: { topP: 0.9 } },
    {
      label: 'Careful',
      description: 'temperature 0.7, the 40 most likely words',
      sampling: { temperature: 0.7, topK: 40 },
    },
    { label: 'Always the most likely word', description: 'temperature 0', sampling: { temperature: 0 } },
  ].map((kind) => ({ ...kind, sampling: samplingSchema.parse(kind.sampling) }));
  const same = kinds.find((kind) => describeSampling(kind.sampling) === describeSampling(sampling));
  const own = { label: 'Other…', description: `currently ${describeSampling(sampling)}`, sampling: undefined };
  const items = [...kinds, own];
  const answer = await pickStep({ ...heading, placeHolder: 'How to sample the next word', items, active: same ?? own });
  if (answer === undefined || answer === back) return answer;
  if (answer.sampling === undefined) return askOwnSampling(draft, heading);
  draft.sampling = answer.sampling;
  return true;
}

async function askOwnSampling(draft: Draft, heading: Heading): Promise<Done> {
  const { sampling } = draft;
  const temperature = await askNumber(heading, {
    prompt: 'Temperature: below 1 favours likely words, above 1 rarer ones; 0 always takes the most likely word',
    value: sampling.temperature,
    range: { least: 0, most: 100 },
  });
  if (typeof temperature !== 'number') return temperature === back ? askSampling(draft, heading) : temperature;
  const topK = await askNumber(heading, {
    prompt: 'Top-k: sample from the k most likely words; 0 for all',
    value: sampling.topK,
    range: { least: 0, most: 1_000_000, whole: true },
  });
  if (typeof topK !== 'number') return topK === back ? askSampling(draft, heading) : topK;
  const topP = await askNumber(heading, {
    prompt: 'Nucleus (top-p): sample from the most likely words whose probabilities add up to p; 1 for all',
    value: sampling.topP,
    range: { least: 0.001, most: 1 },
  });
  if (typeof topP !== 'number') return topP === back ? askSampling(draft, heading) : topP;
  draft.sampling = { ...sampling, temperature, topK, topP };
  return true;
}

async function askSeed(draft: Draft, heading: Heading): Promise<Done> {
  const number = await askNumber(heading, {
    prompt: 'Seed: the same seed gives the same text',
    value: draft.seed,
    range: { least: 0, most: 0xffff_ffff, whole: true },
  });
  if (typeof number !== 'number') return number;
  draft.seed = number;
  return true;
}

async function askNumber(
  heading: Heading,
  { prompt, value, range }: { prompt: string; value: number; range: Parameters<typeof numberOf>[1] },
): Promise<number | typeof back | undefined> {
  const problem = (text: string): Promise<string | undefined> => {
    const number = numberOf(text, range);
    return Promise.resolve(typeof number === 'string' ? number : undefined);
  };
  const answer = await inputStep({ ...heading, prompt, value: String(value), problem });
  return typeof answer === 'string' ? Number(answer) : answer;
}

async function write(extension: Pick<Extension, 'modelServer'>, run: WholeRun, answers: Answers): Promise<void> {
  const { modelServer } = extension;
  const { prompt, words, sampling, seed } = answers;
  const { unit } = run.config.configuration.corpus;
  const document = await workspace.openTextDocument({ language: 'plaintext', content: prompt });
  await window.showTextDocument(document, { preview: false });
  // Prose has no line breaks: without wrapping a page of it is one line, most of it out of sight.
  if (workspace.getConfiguration('editor', document).get('wordWrap') === 'off')
    await commands.executeCommand('editor.action.toggleWordWrap');
  const name = inMessage(shortened(nameOf(run)));
  const options = { location: ProgressLocation.Notification, title: `Generating text with ${name}`, cancellable: true };
  const count = await window.withProgress(options, async (progress, token) => {
    const aborting = new AbortController();
    const appender = new Appender(document, () => aborting.abort());
    const listening = token.onCancellationRequested(() => aborting.abort());
    const report = reporterOf(progress, { words, unit }, token);
    const held = modelServer.retain();
    try {
      const { words: written } = await modelServer.ask(
        inference.generate,
        { model: { folder: run.folder }, prompt, words, sampling, seed },
        {
          signal: aborting.signal,
          onWords: (news) => {
            appender.append(news.text);
            report(news.words.length);
          },
        },
      );
      return written.length;
    } catch (error) {
      // Who cancels before the run was read has no text, and no error.
      if (aborting.signal.aborted) return undefined;
      throw error;
    } finally {
      held.dispose();
      listening.dispose();
      await appender.finished();
    }
  });
  // Cancelled before the first word.
  if (count === undefined || count === 0 || document.isClosed) return;
  const text = `Generated ${describeCount(count, unit)} with “${name}”, ${describeSampling(sampling)}, seed ${seed}.`;
  void window.showInformationMessage(text);
}

function reporterOf(
  progress: Progress<{ message?: string; increment?: number }>,
  { words, unit }: { words: number; unit: Parameters<typeof describeCount>[1] },
  token: CancellationToken,
): (count: number) => void {
  let done = 0;
  return (count) => {
    done += count;
    if (token.isCancellationRequested) return;
    const message = `${done.toLocaleString('en-US')} of ${describeCount(words, unit)}`;
    progress.report({ message, increment: (100 * count) / words });
  };
}

/** In a row: nobody types so fast. */
const maxRefusals = 100;

/** Appends to a document what comes while an edit is under way in one edit after it. */
class Appender {
  private waiting = '';
  private editing: Promise<void> | undefined;

  constructor(
    private readonly document: TextDocument,
    /** The document was closed, or takes nothing. */
    private readonly onGone: () => void,
  ) {}

  append(text: string): void {
    this.waiting += text;
    this.editing ??= this.edit().finally(() => (this.editing = undefined));
  }

  /** Resolves when all has been written. */
  async finished(): Promise<void> {
    while (this.editing !== undefined) await this.editing;
  }

  private async edit(): Promise<void> {
    for (let refusals = 0; this.waiting !== '';) {
      const text = this.waiting;
      if (this.document.isClosed) return this.onGone();
      const edit = new WorkspaceEdit();
      const end = this.document.lineAt(this.document.lineCount - 1).range.end;
      edit.replace(this.document.uri, new Range(end, end), text);
      if (await workspace.applyEdit(edit)) {
        this.waiting = this.waiting.slice(text.length);
        refusals = 0;
        // Refused where somebody typed meanwhile: behind what is there then it is tried again.
      } else if (++refusals === maxRefusals) return this.onGone();
    }
  }
}
