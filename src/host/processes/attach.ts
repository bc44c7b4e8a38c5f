import { ask } from '../../protocol/rpc.ts';
import { control } from '../../protocol/trainer.ts';
import { connect } from '../../trainers/connection.ts';
import { patiently } from '../../trainers/steering.ts';
import type { Tie } from './runTies.ts';

/**
 * Ties a run to this window: it stops by itself 30 seconds after the connection has gone.
 * @param onGone told when the connection has gone, whoever ended it
 * @returns ends the connection; undefined where nothing trains the run, or it was started from a terminal
 */
export async function attachTo(folder: string, onGone: () => void): Promise<Tie | undefined> {
  const connection = await connect(folder);
  if (connection === undefined) return undefined;
  connection.onClose(onGone);
  connection.onDispose(onGone);
  try {
    await patiently(folder, ask(connection, control.attach, {}));
  } catch {
    connection.dispose();
    return undefined;
  }
  const dispose = (): void => connection.dispose();
  return {
    dispose,
    release: async () => {
      await ask(connection, control.release, {}).catch(() => undefined);
      dispose();
    },
  };
}
