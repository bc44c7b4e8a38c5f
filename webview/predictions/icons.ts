import { strokeIcon } from '../shared/icon.ts';

/** Made once, as each is in one place alone. */
export const icons = {
  undo: strokeIcon('M5.5 3L2.5 6L5.5 9M3 6H9.5A3.5 3.5 0 0 1 9.5 13H6'),
  redo: strokeIcon('M10.5 3L13.5 6L10.5 9M13 6H6.5A3.5 3.5 0 0 0 6.5 13H10'),
  dice: strokeIcon('M3 3H13V13H3ZM5.8 5.8V5.8M10.2 5.8V5.8M8 8V8M5.8 10.2V10.2M10.2 10.2V10.2'),
} as const;
