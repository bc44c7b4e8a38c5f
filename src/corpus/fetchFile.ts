import { createHash } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';

import { writeWhole } from '../util/atomicFile.ts';
import { FileError, messageOf } from '../util/errors.ts';
import { asFileError, errorCode } from '../util/fileErrors.ts';
import { redirectedAddress } from './downloadAddress.ts';
import type { KnownFile } from './ptb.ts';

export interface FileFetch {
  readonly address: URL;
  readonly file: KnownFile;
  /** Where it is written to; must not exist. What was written stays there, be it whole or not. */
  readonly path: string;
  readonly signal?: AbortSignal | undefined;
  /** How long the server may be silent. */
  readonly idleMilliseconds: number;
  /** @param bytes of the file that were written so far */
  readonly onBytes: (bytes: number) => void;
  readonly fetch: typeof globalThis.fetch;
}

const maxRedirects = 5;

/**
 * Downloads a file that is known to the byte. It goes to the disk as it comes: memory use does not grow with its size.
 *
 * @throws FileError that says which file, what came, and how far it came
 * @throws the signal's reason when it aborts
 */
export async function fetchFile(request: FileFetch): Promise<void> {
  const { signal, file, idleMilliseconds } = request;
  signal?.throwIfAborted();
  const silence = new Silence(idleMilliseconds);
  const both = signal === undefined ? silence.signal : AbortSignal.any([signal, silence.signal]);
  const progress = { bytes: 0 };
  try {
    const response = await answer(request, both, silence);
    await save(response, request, { silence, progress });
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof FileError) throw error;
    const so = progress.bytes === 0 ? '' : ` after ${inNumbers(progress.bytes)} of ${inNumbers(file.bytes)} bytes`;
    if (silence.signal.aborted)
      throw failed(request, `no answer came for ${idleMilliseconds / 1000} s${so}; try again later`, error);
    throw failed(request, `${connectionProblem(error, request.address)}${so}`, error);
  } finally {
    silence.end();
  }
}

/** Aborts when nothing was heard for too long. */
class Silence {
  private readonly controller = new AbortController();
  private timer: NodeJS.Timeout;

  constructor(private readonly milliseconds: number) {
    this.timer = this.start();
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  heard(): void {
    clearTimeout(this.timer);
    this.timer = this.start();
  }

  end(): void {
    clearTimeout(this.timer);
  }

  private start(): NodeJS.Timeout {
    return setTimeout(() => this.controller.abort(), this.milliseconds);
  }
}

/** The answer with the file; redirections are followed by hand, so that each can be looked at. */
async function answer(request: FileFetch, signal: AbortSignal, silence: Silence): Promise<Response> {
  let { address } = request;
  for (let redirects = 0; ; redirects++) {
    const response = await request.fetch(address, { redirect: 'manual', signal, credentials: 'omit' });
    silence.heard();
    if (response.status === 200) return response;
    await response.body?.cancel().catch(() => undefined);
    if (![301, 302, 303, 307, 308].includes(response.status)) throw failed(request, statusProblem(response));
    if (redirects === maxRedirects) throw failed(request, `it was redirected more than ${maxRedirects} times`);
    try {
      address = redirectedAddress(address, response.headers.get('location'));
    } catch (error) {
      throw failed(request, messageOf(error), error);
    }
  }
}

async function save(
  response: Response,
  request: FileFetch,
  { silence, progress }: { silence: Silence; progress: { bytes: number } },
): Promise<void> {
  const { file, path, onBytes } = request;
  if (response.headers.get('content-type')?.startsWith('text/html') === true) {
    await response.body?.cancel().catch(() => undefined);
    throw failed(request, 'a web page was received instead, such as the log-in page of a network');
  }
  const hash = createHash('sha256');
  const target = await asFileError(`cannot write ${path}`, () => open(path, 'wx'));
  try {
    const chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array> = response.body ?? [];
    for await (const chunk of chunks) {
      silence.heard();
      progress.bytes += chunk.byteLength;
      if (progress.bytes > file.bytes)
        throw failed(request, `it is larger than ${inNumbers(file.bytes)} bytes, so it is another file`);
      hash.update(chunk);
      await asFileError(`cannot write ${path}`, () => writeWhole(target, chunk));
      onBytes(progress.bytes);
    }
    if (progress.bytes < file.bytes)
      throw failed(request, `the download ended after ${inNumbers(progress.bytes)} of ${inNumbers(file.bytes)} bytes`);
    const digest = hash.digest('hex');
    if (digest !== file.sha256)
      throw failed(request, `it is another file: its SHA-256 is ${digest}, expected ${file.sha256}`);
    await asFileError(`cannot write ${path}`, () => target.sync());
  } finally {
    await closeQuietly(target);
  }
}

/** What failed before matters more. */
async function closeQuietly(file: FileHandle): Promise<void> {
  await file.close().catch(() => undefined);
}

function statusProblem({ status, statusText }: Response): string {
  const answered = `the server answered ${status}${statusText === '' ? '' : ` (${statusText})`}`;
  if (status === 404 || status === 410) return `${answered}: there is no such file`;
  if (status === 401 || status === 403 || status === 407) return `${answered}: access was refused`;
  return status >= 500 || status === 429 ? `${answered}; try again later` : answered;
}

/** What a failed connection means. fetch says "fetch failed"; why, is in its cause. */
function connectionProblem(error: unknown, { hostname }: URL): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const code = errorCode(cause) ?? '';
  if (/^(?:ENOTFOUND|EAI_)/.test(code)) return `the host ${hostname} was not found (${code}); check the connection`;
  if (/CERT|SELF_SIGNED|UNABLE_TO_|ERR_TLS|ERR_SSL/.test(code))
    return `the certificate of ${hostname} is not trusted (${code}): ${messageOf(cause)}`;
  if (code === 'ECONNREFUSED') return `${hostname} does not answer (${code})`;
  if (['ENETUNREACH', 'EHOSTUNREACH'].includes(code)) return `${hostname} cannot be reached (${code})`;
  if (code === 'ETIMEDOUT' || code === 'UND_ERR_CONNECT_TIMEOUT') return `${hostname} does not answer (${code})`;
  const isBroken = ['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET'].includes(code);
  return isBroken ? `the connection broke (${code})` : `the connection failed: ${messageOf(cause)}`;
}

const advice =
  'Check the setting sequenceLab.corpus.downloadUrl, choose a folder that has the files, or use the built-in corpus.';

function failed({ file, address }: FileFetch, problem: string, cause?: unknown): FileError {
  // Without a query: it may hold a key.
  const from = `${address.origin}${address.pathname}`;
  return new FileError(`${file.name} could not be downloaded from ${from}: ${problem}. ${advice}`, { cause });
}

function inNumbers(count: number): string {
  return count.toLocaleString('en-US');
}
