import type { ModelConfiguration } from '../../config/schema.ts';
import type { Cell } from './cell.ts';
import { gru } from './gru.ts';
import { lstm } from './lstm.ts';
import { rnn } from './rnn.ts';

/** Every cell by the name that a configuration gives it. */
export const cells: { readonly [N in ModelConfiguration['cell']]: Cell } = { rnn, gru, lstm };
