import { tmpdir } from 'node:os';

/** Where sockets can be: their paths must be short, and tmpdir() on macOS is long. */
export const shortFolder = process.platform === 'win32' ? tmpdir() : '/tmp';
