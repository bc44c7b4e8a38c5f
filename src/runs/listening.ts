import { once } from 'node:events';
import { createServer, Socket, type Server } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';

import { errorCode } from '../util/fileErrors.ts';

/** How long a last answer may take to leave. */
const lingerMilliseconds = 500;

/** Called with each connection to a socket that is listened at. */
export type ConnectionListener = (socket: Socket) => void;

/** A server, its connections, and how all of it is closed. */
export class Listening {
  private readonly sockets = new Set<Socket>();

  private constructor(private readonly server: Server) {}

  static async at(path: string, onConnection: ConnectionListener | undefined): Promise<Listening> {
    const server = createServer();
    const listening = new Listening(server);
    server.on('connection', (socket) => {
      listening.sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => listening.sockets.delete(socket));
      if (onConnection) onConnection(socket);
      else socket.resume();
    });
    server.listen({ path });
    await once(server, 'listening');
    // A connection that cannot be accepted (too many open files) is the caller's trouble, not the trainer's.
    server.on('error', () => undefined);
    return listening;
  }

  async close(): Promise<void> {
    const closed = new Promise((settle) => this.server.close(settle));
    for (const socket of this.sockets) socket.destroySoon();
    // Who does not read what was written to him does not hold anybody up.
    const timer = setTimeout(() => this.sockets.forEach((socket) => socket.destroy()), lingerMilliseconds);
    await closed;
    clearTimeout(timer);
  }
}

/** Only a refusal is a sign of death: a socket that is too busy for one more connection lives. */
export async function isAlive(path: string): Promise<boolean> {
  try {
    const socket = await connectTo(path, 1);
    socket?.destroy();
    return socket !== undefined;
  } catch {
    return true;
  }
}

/**
 * @param attempts how often it is tried where too many connections are waiting to be accepted, every 20 ms
 * @returns undefined where nobody listens
 */
export async function connectTo(path: string, attempts = 50): Promise<Socket | undefined> {
  for (let attempt = 1; ; attempt++) {
    const socket = new Socket();
    try {
      socket.connect({ path });
      await once(socket, 'connect');
      return socket;
    } catch (error) {
      socket.destroy();
      const code = errorCode(error) ?? '';
      if (code === 'ECONNREFUSED' || code === 'ENOENT') return undefined;
      if (code !== 'EAGAIN' || attempt >= attempts) throw error;
      await wait(20);
    }
  }
}
