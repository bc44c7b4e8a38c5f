import { QuickInputButtons, window } from 'vscode';
import type { QuickInput, QuickPickItem } from 'vscode';

/** One question of several, each of which can go back to the one before. */
export interface StepOptions {
  readonly title: string;
  /** From 1. */
  readonly step: number;
  readonly totalSteps: number;
}

/** The answer that asks for the question before. */
export const back = Symbol('back');
export type Answer<T> = T | typeof back | undefined;

/** Asks for one of some items. @returns undefined when the user wants no more of it */
export function pickStep<T extends QuickPickItem>(
  options: StepOptions & { placeHolder: string; items: readonly T[]; active?: T | undefined },
): Promise<Answer<T>> {
  const picker = window.createQuickPick<T>();
  picker.placeholder = options.placeHolder;
  picker.items = options.items;
  picker.matchOnDescription = true;
  if (options.active !== undefined) picker.activeItems = [options.active];
  return show(picker, options, (answer) =>
    picker.onDidAccept(() => {
      const [chosen] = picker.selectedItems;
      // Enter where nothing matches what was typed is no answer.
      if (chosen !== undefined) answer(chosen);
    }),
  );
}

/** Asks for a text. @param options.problem why a text will not do, in words */
export function inputStep(
  options: StepOptions & {
    prompt: string;
    value: string;
    problem: (text: string) => Promise<string | undefined>;
  },
): Promise<Answer<string>> {
  const input = window.createInputBox();
  input.prompt = options.prompt;
  input.value = options.value;
  const check = async (): Promise<string | undefined> => {
    const text = input.value;
    const problem = await options.problem(text);
    // A slower answer to what was typed before says nothing of what stands there now.
    if (text === input.value) input.validationMessage = problem;
    return problem === undefined && text === input.value ? text : undefined;
  };
  input.onDidChangeValue(() => void check());
  return show(input, options, (answer) =>
    input.onDidAccept(() => {
      void check().then((text) => {
        if (text !== undefined) answer(text);
      });
    }),
  );
}

type Ask = QuickInput & {
  buttons: readonly unknown[];
  onDidTriggerButton(listener: (button: unknown) => void): unknown;
};

async function show<T>(
  ask: Ask,
  { title, step, totalSteps }: StepOptions,
  listen: (answer: (value: T | undefined) => void) => unknown,
): Promise<Answer<T>> {
  Object.assign(ask, { title, step, totalSteps, ignoreFocusOut: true });
  if (step > 1) ask.buttons = [QuickInputButtons.Back];
  try {
    return await new Promise<Answer<T>>((resolve) => {
      listen(resolve);
      ask.onDidTriggerButton((button) => {
        if (button === QuickInputButtons.Back) resolve(back);
      });
      ask.onDidHide(() => resolve(undefined));
      ask.show();
    });
  } finally {
    ask.dispose();
  }
}
