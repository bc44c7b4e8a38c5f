import { createMessageConnection, IPCMessageReader, IPCMessageWriter } from 'vscode-jsonrpc/node';
import type { MessageConnection } from 'vscode-jsonrpc/node';

import { inference, inferenceNews } from '../protocol/inference.ts';
import type { ModelChoice } from '../protocol/inference.ts';
import type { RequestMessage } from '../protocol/message.ts';
import { answer, tell } from '../protocol/rpc.ts';
import { complete } from './completion.ts';
import { cellOfRun } from './cellOfRun.ts';
import { base64Of } from '../util/base64.ts';
import { findContexts, followers, unitReport } from './corpusStates.ts';
import { generate } from './generation.ts';
import type { LoadedModel } from './loadedModel.ts';
import { MemoryKeeper } from './memory.ts';
import { Models } from './models.ts';
import { nextWords } from './nextWords.ts';
import { passage } from './passage.ts';
import { scoreText } from './scores.ts';
import { statesOfText } from './states.ts';

/**
 * The model server: a child of the extension host, which asks it over its IPC channel (protocol/inference.ts). It ends
 * when that channel closes; it writes nothing.
 */

process.title = 'sequence-lab model server';
// The host ends it; an interrupt in the terminal that the editor was started from is not meant for it.
process.on('SIGINT', () => undefined);
process.on('disconnect', () => process.exit());

if (process.send === undefined) {
  process.stderr.write('sequence-lab model server: this program is started by the extension\n');
  process.exitCode = 2;
} else listen();

/** How a long request tells how far it is. */
interface Work {
  readonly signal: AbortSignal;
  readonly onProgress: (fraction: number) => void;
}

function listen(): void {
  const connection = createMessageConnection(new IPCMessageReader(process), new IPCMessageWriter(process));
  const send = news(connection);
  const models = new Models({ onNotice: (sentence) => send(inferenceNews.notice, { sentence }) });

  const memory = new MemoryKeeper();

  const answerWith = <P extends { model: ModelChoice; ticket?: number | undefined }, R>(
    message: RequestMessage<P, R>,
    work: (model: LoadedModel, params: P, options: Work) => R | Promise<R>,
  ): void => {
    answer(connection, message, (params, signal) =>
      memory.during(() =>
        models.use(params.model, async (model) => {
          signal.throwIfAborted();
          return work(model, params, { signal, onProgress: progressOf(send, params.ticket) });
        }),
      ),
    );
  };

  answer(connection, inference.open, ({ model }) =>
    models.use(model, (loaded) => Promise.resolve(loaded.facts), { now: true }),
  );
  answerWith(inference.next, (model, params, { signal }) => nextWords(model, params, signal));
  answerWith(inference.score, scoreText);
  answerWith(inference.complete, (model, params, { signal }) => complete(model, params, signal));
  answerWith(inference.generate, (model, params, { signal }) => {
    const { ticket } = params;
    const onWords =
      ticket === undefined
        ? undefined
        : (drawn: { words: string[]; text: string }) => send(inferenceNews.words, { ticket, ...drawn });
    return generate(model, params, { signal, onWords });
  });
  answerWith(inference.states, async (model, params, options) => {
    const { values, ...found } = await statesOfText(model, params, options);
    return { ...found, values: values.map((one) => base64Of(one)) };
  });
  answerWith(inference.passage, (model, params, { signal }) => passage(model, params, signal));
  answerWith(inference.cell, (model, params, { signal }) => cellOfRun(model, params, signal));
  answerWith(inference.findContexts, findContexts);
  answerWith(inference.unitReport, unitReport);
  answerWith(inference.followers, followers);
  answer(connection, inference.close, ({ folder }) => {
    models.close(folder);
    return {};
  });
  connection.onError(() => undefined);
  connection.listen();
}

function news(connection: MessageConnection) {
  return <P>(message: Parameters<typeof tell<P>>[1], params: P): void => {
    if (process.connected) tell(connection, message, params).catch(() => undefined);
  };
}

/** At most so many news of progress a second: who waits looks at a bar. */
const newsMilliseconds = 100;

function progressOf(send: ReturnType<typeof news>, ticket: number | undefined): (fraction: number) => void {
  let last = 0;
  return (fraction) => {
    const now = Date.now();
    if (ticket === undefined || now - last < newsMilliseconds) return;
    last = now;
    send(inferenceNews.progress, { ticket, fraction: Math.min(1, Math.max(0, fraction)) });
  };
}
