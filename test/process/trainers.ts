import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { basename, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import {
  createMessageConnection,
  IPCMessageReader,
  IPCMessageWriter,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-jsonrpc/node';
import type { MessageConnection } from 'vscode-jsonrpc/node';
import { expect } from 'vitest';
import { configurationSchema } from '../../src/config/schema.ts';
import type { Configuration, ConfigurationInput } from '../../src/config/schema.ts';
import type { RequestMessage } from '../../src/protocol/message.ts';
import { ask, hear } from '../../src/protocol/rpc.ts';
import { control, launch, launchNews } from '../../src/protocol/trainer.ts';
import type { BegunRun } from '../../src/protocol/trainer.ts';
import { readStatus } from '../../src/runs/files.ts';
import { findTrainer } from '../../src/runs/lock.ts';
import { temporaryFolder, trainerScript } from './support.ts';

/** A trainer process as the extension host has one. */
export interface TrainerProcess {
  child: ChildProcess;
  connection: MessageConnection;
  notices: string[];
  ended: Promise<{ code: number | null; log: string }>;
}

/** Starts a trainer process, detached and with its output to a file, as the extension host does. */
export async function spawnTrainer(): Promise<TrainerProcess> {
  const log = join(await temporaryFolder(), 'trainer.log');
  const file = openSync(log, 'a');
  const child = spawn(process.execPath, [trainerScript], { detached: true, stdio: ['ignore', file, file, 'ipc'] });
  closeSync(file);
  const connection = createMessageConnection(new IPCMessageReader(child), new IPCMessageWriter(child));
  connection.onError(() => undefined);
  const notices: string[] = [];
  hear(
    connection,
    launchNews.notice,
    ({ sentence }) => notices.push(sentence),
    (problem) => expect.fail(String(problem)),
  );
  connection.listen();
  const ended = once(child, 'exit').then(async () => ({ code: child.exitCode, log: await readFile(log, 'utf8') }));
  return { child, connection, notices, ended };
}

export interface RunningTrainer extends TrainerProcess {
  run: BegunRun;
}

export async function startTrainer(
  configuration: Configuration,
  options: { runsFolder?: string; stopWhenAlone?: boolean } = {},
): Promise<RunningTrainer> {
  const trainer = await spawnTrainer();
  const { runsFolder = await temporaryFolder(), stopWhenAlone = false } = options;
  const run = await ask(trainer.connection, launch.start, { configuration, runsFolder, stopWhenAlone });
  return { ...trainer, run };
}

export async function resumeTrainer(folder: string): Promise<RunningTrainer> {
  const trainer = await spawnTrainer();
  return { ...trainer, run: await ask(trainer.connection, launch.resume, { folder, stopWhenAlone: false }) };
}

/** A window's connection to a run. */
export class Client {
  private constructor(
    readonly socket: Socket,
    private readonly connection: MessageConnection,
  ) {}

  static async of(folder: string): Promise<Client> {
    const socket = await findTrainer(folder);
    if (!socket) throw new Error(`nobody trains ${folder}`);
    const connection = createMessageConnection(new StreamMessageReader(socket), new StreamMessageWriter(socket));
    connection.onError(() => undefined);
    connection.listen();
    return new Client(socket, connection);
  }

  /** Asks; the answer's fields, or the error's words. */
  async ask(what: keyof typeof control): Promise<object> {
    const message: RequestMessage<object, object> = control[what];
    return ask(this.connection, message, {});
  }

  async leave(): Promise<void> {
    const closed = once(this.socket, 'close');
    this.socket.destroy();
    await closed;
  }
}

/** Asks the run's trainer over a connection of its own. */
export async function request(folder: string, what: keyof typeof control): Promise<object> {
  const client = await Client.of(folder);
  try {
    return await client.ask(what);
  } finally {
    await client.leave();
  }
}

/** 4 × 4 words a step, dropout, two epochs: of the corpus that `corpus` names, or of the start of the built-in one. */
export function tinyConfiguration(given: ConfigurationInput = {}): Configuration {
  return configurationSchema.parse({
    name: 'tiny',
    engine: { threads: 1 },
    ...given,
    model: { layers: 1, hiddenSize: 8, ...given.model },
    training: {
      epochs: 2,
      batchSize: 4,
      steps: 4,
      inputKeepProbability: 0.8,
      outputKeepProbability: 0.8,
      ...given.training,
    },
  });
}

/** Waits until something is so: for what other processes write to files. */
export async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error(`not within 30 s: ${what}`);
    await wait(10);
  }
}

export async function untilState(folder: string, state: string): Promise<void> {
  await until(`${basename(folder)} is ${state}`, async () => (await readStatus(folder)).state === state);
}

/** Waits for more records in metrics.jsonl. */
export async function untilRecorded(folder: string, bytes = 0): Promise<void> {
  await until('metrics are written', async () => (await metricsSize(folder)) > bytes);
}

export async function metricsSize(folder: string): Promise<number> {
  return (await stat(join(folder, 'metrics.jsonl'))).size;
}
