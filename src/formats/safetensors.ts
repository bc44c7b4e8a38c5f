import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { endianness } from 'node:os';

import * as z from 'zod';

import { writeFileAtomically } from '../util/atomicFile.ts';
import { FileError } from '../util/errors.ts';
import { fileErrorFrom } from '../util/fileErrors.ts';
import { JsonError, parseJson } from '../util/json.ts';
import { openRegular } from '../util/regularFile.ts';

/** A named array of numbers, row by row (the last axis runs fastest). A shape of [] is one number. */
export interface TensorData {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Float32Array | Int32Array;
}

/** How many bytes a file has and the SHA-256 of them, in hexadecimal digits. */
export interface FileDigest {
  readonly bytes: number;
  readonly sha256: string;
}

const dtypes = {
  F32: { bytes: 4, make: (length: number) => new Float32Array(length) },
  I32: { bytes: 4, make: (length: number) => new Int32Array(length) },
} as const;
type Dtype = keyof typeof dtypes;

const isDtype = (name: string): name is Dtype => Object.hasOwn(dtypes, name);

const lengthBytes = 8;
const alignment = 8;
/** The format's own limit: a longer header is an attack or a damaged length. */
const longestHeader = 100_000_000;
const pieceBytes = 16 * 1024 * 1024;

const elements = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1);
const bytesOf = (array: Float32Array | Int32Array): Uint8Array =>
  new Uint8Array(array.buffer, array.byteOffset, array.byteLength);

/**
 * Writes tensors as a safetensors file (https://github.com/huggingface/safetensors): eight bytes with the header's
 * length, the header as JSON, then the numbers in little-endian order. The header is padded with blanks so that the
 * numbers start at a multiple of eight. The tensors are written from where they lie, without a copy, and must not change
 * until the promise is settled. The file is replaced atomically.
 *
 * @param metadata texts for whoever opens the file
 * @returns the size and the SHA-256 of what was written
 * @throws FileError where the file cannot be written
 * @throws RangeError where two tensors have the same name, or a shape does not fit its data (a fault of the caller)
 */
export async function writeSafetensors(
  path: string,
  tensors: readonly TensorData[],
  metadata: Readonly<Record<string, string>> = {},
): Promise<FileDigest> {
  refuseBigEndian(path);
  const header = headerOf(tensors, metadata);
  const hash = createHash('sha256');
  let bytes = 0;
  function* parts(): Generator<Uint8Array> {
    for (const whole of [header, ...tensors.map(({ data }) => bytesOf(data))]) {
      // Hashed piece by piece just before it is written, while it is still in the processor's cache.
      for (let start = 0; start < whole.byteLength; start += pieceBytes) {
        const piece = whole.subarray(start, start + pieceBytes);
        hash.update(piece);
        bytes += piece.byteLength;
        yield piece;
      }
    }
  }
  await writeFileAtomically(path, parts());
  return { bytes, sha256: hash.digest('hex') };
}

function headerOf(tensors: readonly TensorData[], metadata: Readonly<Record<string, string>>): Uint8Array {
  const entries = new Map<string, unknown>();
  if (Object.keys(metadata).length > 0) entries.set(metadataName, metadata);
  let offset = 0;
  for (const { name, shape, data } of tensors) {
    if (entries.has(name) || name === metadataName) throw new RangeError(`two tensors are called ${name}`);
    if (elements(shape) !== data.length)
      throw new RangeError(`tensor ${name}: the shape [${shape.join(', ')}] does not fit ${data.length} numbers`);
    const dtype: Dtype = data instanceof Float32Array ? 'F32' : 'I32';
    entries.set(name, { dtype, shape, data_offsets: [offset, offset + data.byteLength] });
    offset += data.byteLength;
  }
  const json = Buffer.from(JSON.stringify(Object.fromEntries(entries)), 'utf8');
  const length = Math.ceil(json.byteLength / alignment) * alignment;
  const header = Buffer.alloc(lengthBytes + length, ' ');
  header.writeBigUInt64LE(BigInt(length), 0);
  json.copy(header, lengthBytes);
  return header;
}

const metadataName = '__metadata__';

/** What a safetensors file holds. The tensors are in the order of their numbers in the file. */
export interface SafetensorsContent extends FileDigest {
  readonly tensors: TensorData[];
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * Reads a safetensors file in one pass and checks everything that it says about itself. Numbers are read to where they
 * stay, without a copy.
 *
 * @param most the most bytes that it may have; left out, any number
 * @throws FileError that names the file, the tensor and what is wrong
 */
export async function readSafetensors(path: string, most = Infinity): Promise<SafetensorsContent> {
  refuseBigEndian(path);
  let handle: FileHandle | undefined;
  try {
    handle = await openRegular(path, most);
    const { size } = await handle.stat();
    const reader = new HashingReader(handle, path);
    const { entries, metadata } = await readHeader(reader, size, path);
    const tensors: TensorData[] = [];
    for (const { name, shape, dtype } of entries) {
      const data = dtypes[dtype].make(elements(shape));
      await reader.fill(bytesOf(data));
      tensors.push({ name, shape, data });
    }
    return { tensors, metadata, bytes: size, sha256: reader.digest() };
  } catch (error) {
    throw fileErrorFrom(error, `cannot read ${path}`);
  } finally {
    await handle?.close();
  }
}

class HashingReader {
  private readonly hash = createHash('sha256');
  private position = 0;

  constructor(
    private readonly handle: FileHandle,
    private readonly path: string,
  ) {}

  async fill(target: Uint8Array): Promise<void> {
    for (let done = 0; done < target.byteLength;) {
      const length = Math.min(pieceBytes, target.byteLength - done);
      const { bytesRead } = await this.handle.read(target, done, length, this.position);
      if (bytesRead === 0) throw damaged(this.path, `it ends at byte ${this.position}, in the midst of its numbers`);
      this.hash.update(target.subarray(done, done + bytesRead));
      done += bytesRead;
      this.position += bytesRead;
    }
  }

  digest(): string {
    return this.hash.digest('hex');
  }
}

interface HeaderEntry {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly start: number;
  readonly end: number;
}

const size = z.int().min(0);
const entrySchema = z.looseObject({ dtype: z.string(), shape: z.array(size), data_offsets: z.tuple([size, size]) });
const metadataSchema = z.record(z.string(), z.string());

async function readHeader(
  reader: HashingReader,
  fileBytes: number,
  path: string,
): Promise<{ entries: HeaderEntry[]; metadata: Readonly<Record<string, string>> }> {
  if (fileBytes < lengthBytes) throw damaged(path, `it has ${fileBytes} bytes, too few for a safetensors file`);
  const lengthField = Buffer.alloc(lengthBytes);
  await reader.fill(lengthField);
  const length = Number(lengthField.readBigUInt64LE(0));
  const most = Math.min(longestHeader, fileBytes - lengthBytes);
  if (length > most) throw damaged(path, `its header should have ${length} bytes, but at most ${most} are possible`);
  const header = Buffer.alloc(length);
  await reader.fill(header);
  const values = parseHeader(header, path);
  const metadata = metadataSchema.safeParse(values.get(metadataName) ?? {});
  if (!metadata.success) throw damaged(path, `${metadataName} is not an object of texts`);
  values.delete(metadataName);
  const entries = [...values].map(([name, value]) => parseEntry(name, value, path));
  entries.sort((a, b) => a.start - b.start || a.end - b.end);
  checkCoverage(entries, fileBytes - lengthBytes - length, path);
  return { entries, metadata: metadata.data };
}

function parseHeader(header: Uint8Array, path: string): Map<string, unknown> {
  let value: unknown;
  try {
    value = parseJson(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(header));
  } catch (error) {
    // A header of one long line: where in it the fault is helps only whoever wrote it, but costs nothing to say.
    const why = error instanceof JsonError ? `not valid JSON: ${error.message}` : 'not UTF-8';
    throw damaged(path, `its header is ${why}`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw damaged(path, 'its header is not an object');
  return new Map(Object.entries(value));
}

function parseEntry(name: string, value: unknown, path: string): HeaderEntry {
  const what = `tensor ${JSON.stringify(name)}`;
  const entry = entrySchema.safeParse(value);
  if (!entry.success) throw damaged(path, `${what} has no usable dtype, shape and data_offsets in the header`);
  const { dtype, shape, data_offsets } = entry.data;
  if (!isDtype(dtype))
    throw new FileError(`${path}: ${what} is of type ${dtype}; only ${Object.keys(dtypes).join(' and ')} can be read`);
  const [start, end] = data_offsets;
  const expected = elements(shape) * dtypes[dtype].bytes;
  if (end - start !== expected)
    throw damaged(
      path,
      `${what} of shape [${shape.join(', ')}] needs ${expected} bytes, but its offsets span ${end - start}`,
    );
  return { name, dtype, shape, start, end };
}

/** The format wants the tensors to cover the data without gaps: then none can overlap, and nothing is hidden. */
function checkCoverage(entries: readonly HeaderEntry[], dataBytes: number, path: string): void {
  let at = 0;
  for (const { name, start, end } of entries) {
    const what = `tensor ${JSON.stringify(name)}`;
    if (end > dataBytes)
      throw damaged(path, `${what} ends at byte ${end} of the data, which has ${dataBytes} (truncated?)`);
    if (start < at) throw damaged(path, `${what} overlaps the tensor before it`);
    if (start > at) throw damaged(path, `${start - at} bytes before ${what} belong to no tensor`);
    at = end;
  }
  if (at < dataBytes) throw damaged(path, `${dataBytes - at} bytes at its end belong to no tensor`);
}

function damaged(path: string, problem: string): FileError {
  return new FileError(`${path} is damaged: ${problem}`);
}

/** Numbers are written and read as they lie in memory. Every platform with an engine of ours is little-endian. */
function refuseBigEndian(path: string): void {
  if (endianness() !== 'LE') throw new FileError(`${path}: this machine is big-endian, which is not supported`);
}
