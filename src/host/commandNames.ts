import type { CommandId } from './commandIds.ts';

/** Commands of the extension: those that package.json declares, and those that only its own views call. */
export type AnyCommand = CommandId | 'showActiveCurves';

/** A command's name for VS Code. */
export function commandName(id: AnyCommand): string {
  return `sequenceLab.${id}`;
}
