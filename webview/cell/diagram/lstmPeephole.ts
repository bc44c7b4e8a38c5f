import type { Drawing } from './drawing.ts';
import { drawLstm } from './lstm.ts';
import { rows } from './parts.ts';
import type { DiagramOptions } from './parts.ts';

/** How far beside the middle of a gate its peephole comes in. */
const beside = 24;

/** An LSTM whose gates look at the belt: two of them before it is changed, the output gate after. */
export function peepholeLstm(options: DiagramOptions): Drawing {
  return drawLstm(options, {
    extra: (d, { forget, enter, candidate, leave }) => {
      const { belt, top } = rows;
      const line = belt + 32;
      d.junction(forget - beside, belt);
      d.wire(`M${forget - beside} ${belt}V${top}`, true);
      d.junction(forget - beside, line);
      d.wire(`M${forget - beside} ${line}H${enter - beside}V${top}`, true);
      d.junction(candidate + beside, belt);
      d.wire(`M${candidate + beside} ${belt}V${line}H${leave - beside}V${top}`, true);
    },
  });
}
