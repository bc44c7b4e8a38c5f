import type { CellId } from '../../../src/config/cells.ts';
import type { Drawing } from './drawing.ts';
import { gru } from './gru.ts';
import { lstm } from './lstm.ts';
import { coupledLstm } from './lstmCoupled.ts';
import { layerNormLstm } from './lstmLayerNorm.ts';
import { peepholeLstm } from './lstmPeephole.ts';
import { mgu } from './mgu.ts';
import type { DiagramOptions } from './parts.ts';
import { rnn } from './rnn.ts';

/** Each cell as it is commonly drawn: the state along the top, gates below it, what is read from below. */
export const diagrams: Readonly<Record<CellId, (options: DiagramOptions) => Drawing>> = {
  rnn,
  gru,
  lstm,
  'lstm-peephole': peepholeLstm,
  'lstm-coupled': coupledLstm,
  'lstm-layernorm': layerNormLstm,
  mgu,
};
