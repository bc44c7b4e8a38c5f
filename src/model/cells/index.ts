import type { ModelConfiguration } from '../../config/schema.ts';
import type { Cell } from './cell.ts';
import { lstm } from './lstm.ts';

/** Every cell by the name that a configuration gives it. */
export const cells: { readonly [N in ModelConfiguration['cell']]: Cell } = { lstm };
