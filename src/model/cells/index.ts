import { cellIds, cellKinds, gateNames } from '../../config/cells.ts';
import type { CellId } from '../../config/cells.ts';
import type { Cell, Equations } from './cell.ts';
import { gru } from './gru.ts';
import { lstm } from './lstm.ts';
import { coupledLstm } from './lstmCoupled.ts';
import { layerNormLstm } from './lstmLayerNorm.ts';
import { peepholeLstm } from './lstmPeephole.ts';
import { mgu } from './mgu.ts';
import { rnn } from './rnn.ts';

const equations: Readonly<Record<CellId, Equations>> = {
  rnn,
  gru,
  lstm,
  'lstm-peephole': peepholeLstm,
  'lstm-coupled': coupledLstm,
  'lstm-layernorm': layerNormLstm,
  mgu,
};

/** Every cell by the id that a configuration gives it. */
export const cells = Object.fromEntries(
  cellIds.map((id): [CellId, Cell] => {
    const { states, own = {} } = cellKinds[id];
    return [id, { ...equations[id], states, gates: gateNames(id), own: Object.keys(own) }];
  }),
) as Readonly<Record<CellId, Cell>>;
