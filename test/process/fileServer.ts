import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Answer = (response: ServerResponse, request: IncomingMessage) => void;

export interface FileServer {
  /** The address of the folder that it serves. */
  readonly url: string;
  /** The paths that were asked for. */
  readonly asked: string[];
}

/** A web server of this machine, for the time of `body`. What has no answer is not found. */
export async function withServer(
  answers: Readonly<Record<string, Answer>>,
  body: (server: FileServer) => Promise<void>,
): Promise<void> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    const path = String(request.url).replace(/\?.*/, '');
    const answer = answers[path] ?? answers[path.slice(path.lastIndexOf('/') + 1)];
    if (answer !== undefined) answer(response, request);
    else response.writeHead(404).end('not found');
  });
  await new Promise<void>((settle) => server.listen(0, '127.0.0.1', settle));
  try {
    await body({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/data`, asked });
  } finally {
    server.closeAllConnections();
    await new Promise((settle) => server.close(settle));
  }
}
