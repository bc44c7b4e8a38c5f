import { createHash } from 'node:crypto';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { readSafetensors, writeSafetensors, type TensorData } from '../../../src/formats/safetensors.ts';
import { FileError } from '../../../src/util/errors.ts';
import { mountTinyDisk, rejection, seededRandom, withFolder } from '../runs/fixtures.ts';

const tensors: TensorData[] = [
  { name: 'embedding', shape: [3, 2], data: Float32Array.of(1, -2, 3.5, NaN, Infinity, -0) },
  { name: 'ids', shape: [3], data: Int32Array.of(-1, 0, 2 ** 31 - 1) },
  { name: 'nothing', shape: [0, 4], data: new Float32Array(0) },
  { name: 'layer.0/weights ü', shape: [1, 1, 2], data: new Float32Array([9, 1, 2, 9]).subarray(1, 3) },
  { name: '__proto__', shape: [], data: Float32Array.of(7) },
];

/** A file with this header, as text, and this many bytes of data. */
function fileWith(header: string, dataBytes: number, headerBytes = Buffer.byteLength(header)): Buffer {
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(headerBytes));
  return Buffer.concat([length, Buffer.from(header), Buffer.alloc(dataBytes)]);
}

const entry = (start: number, end: number, shape = [(end - start) / 4], dtype = 'F32'): unknown => ({
  dtype,
  shape,
  data_offsets: [start, end],
});

describe('safetensors', () => {
  it('reads back what it wrote, and says what the file is', () =>
    withFolder(async (folder) => {
      const path = join(folder, 'a.safetensors');
      const digest = await writeSafetensors(path, tensors, { made: 'by a test' });
      const content = await readSafetensors(path);
      expect(content.tensors).toEqual(tensors);
      expect(content.metadata).toEqual({ made: 'by a test' });
      const bytes = await readFile(path);
      expect(digest).toEqual({ bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') });
      expect(content).toMatchObject(digest);
      expect(Number(bytes.readBigUInt64LE(0)) % 8).toBe(0);
      expect(await readdir(folder)).toEqual(['a.safetensors']);
    }));

  it('reads a file of the published library', () =>
    withFolder(async (folder) => {
      // safetensors 0.8.0 for Python: save_file({"w": float32 [[1, 2]], "b": int32 [3]}, path, {"format": "np"}).
      const header =
        '{"__metadata__":{"format":"np"},"w":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]},"b":{"dtype":"I32","shape":[1],"data_offsets":[8,12]}}   ';
      const path = join(folder, 'np.safetensors');
      await writeFile(
        path,
        Buffer.concat([fileWith(header, 0), Buffer.from('\0\0\x80\x3f\0\0\0\x40\x03\0\0\0', 'latin1')]),
      );
      expect((await readSafetensors(path)).tensors).toEqual([
        { name: 'w', shape: [1, 2], data: Float32Array.of(1, 2) },
        { name: 'b', shape: [1], data: Int32Array.of(3) },
      ]);
    }));

  it('refuses tensors that cannot be written', () =>
    withFolder(async (folder) => {
      const path = join(folder, 'a');
      const one: TensorData = { name: 'a', shape: [1], data: Float32Array.of(1) };
      await expect(writeSafetensors(path, [one, one])).rejects.toThrow('two tensors are called a');
      await expect(writeSafetensors(path, [{ ...one, shape: [2] }])).rejects.toThrow(
        'the shape [2] does not fit 1 numbers',
      );
      expect(await readdir(folder)).toEqual([]);
    }));

  it.each([
    ['an empty file', Buffer.alloc(0), 'it has 0 bytes'],
    ['a header longer than the file', fileWith('{}', 0, 1000), 'its header should have 1000 bytes, but at most 2'],
    [
      'a header of 2^63 bytes',
      Buffer.concat([Buffer.from([0, 0, 0, 0, 0, 0, 0, 128]), Buffer.alloc(10)]),
      'its header should have',
    ],
    ['a header that is not JSON', fileWith('{"a"', 0), 'not valid JSON: line 1, column 5'],
    ['a header that is not UTF-8', Buffer.concat([fileWith('', 0, 1), Buffer.from([0xff])]), 'not UTF-8'],
    ['a header that is a list', fileWith('[]', 0), 'its header is not an object'],
    [
      'a name twice',
      fileWith(`{"a":${JSON.stringify(entry(0, 4))},"a":${JSON.stringify(entry(4, 8))}}`, 8),
      'the key "a" occurs twice',
    ],
    ['metadata that are not texts', fileWith('{"__metadata__":{"a":1}}', 0), '__metadata__ is not an object of texts'],
    ['no offsets', fileWith('{"a":{"dtype":"F32","shape":[1]}}', 4), 'tensor "a" has no usable'],
    ['a negative shape', fileWith(JSON.stringify({ a: entry(0, 4, [-1, -1]) }), 4), 'tensor "a" has no usable'],
    [
      'another type',
      fileWith(JSON.stringify({ a: entry(0, 4, [2], 'F16') }), 4),
      'tensor "a" is of type F16; only F32 and I32',
    ],
    [
      'a type from the prototype',
      fileWith(JSON.stringify({ a: entry(0, 4, [1], 'toString') }), 4),
      'is of type toString',
    ],
    [
      'a shape that does not fit',
      fileWith(JSON.stringify({ a: entry(0, 8, [3]) }), 8),
      'of shape [3] needs 12 bytes, but its offsets span 8',
    ],
    ['offsets the wrong way', fileWith(JSON.stringify({ a: entry(8, 4, [1]) }), 8), 'its offsets span -4'],
    ['a huge shape', fileWith(JSON.stringify({ a: entry(0, 4, [2 ** 40, 2 ** 40]) }), 4), 'needs'],
    [
      'overlap',
      fileWith(JSON.stringify({ a: entry(0, 8), b: entry(4, 12) }), 12),
      'tensor "b" overlaps the tensor before it',
    ],
    [
      'a gap',
      fileWith(JSON.stringify({ a: entry(0, 4), b: entry(8, 12) }), 12),
      '4 bytes before tensor "b" belong to no tensor',
    ],
    [
      'an end beyond the file',
      fileWith(JSON.stringify({ a: entry(0, 400) }), 12),
      'tensor "a" ends at byte 400 of the data, which has 12',
    ],
    ['bytes left over', fileWith(JSON.stringify({ a: entry(0, 4) }), 5), '1 bytes at its end belong to no tensor'],
  ])('refuses %s', (_, bytes, message) =>
    withFolder(async (folder) => {
      const path = join(folder, 'bad.safetensors');
      await writeFile(path, bytes);
      const error = await rejection(readSafetensors(path));
      expect(error).toBeInstanceOf(FileError);
      expect(error.message).toContain(path);
      expect(error.message).toContain(message);
    }),
  );

  it('refuses a truncated file, wherever it ends, and survives any damage', () =>
    withFolder(async (folder) => {
      const path = join(folder, 'a.safetensors');
      const { sha256 } = await writeSafetensors(path, tensors);
      const whole = await readFile(path);
      for (let length = 0; length < whole.length; length += 3) {
        await writeFile(path, whole.subarray(0, length));
        expect(await rejection(readSafetensors(path))).toBeInstanceOf(FileError);
      }
      const random = seededRandom(1);
      for (let trial = 0; trial < 300; trial++) {
        const damaged = Buffer.from(whole);
        const at = Math.floor(random() * damaged.length);
        damaged[at] = (damaged[at] ?? 0) ^ (1 << Math.floor(random() * 8));
        await writeFile(path, damaged);
        const result = await readSafetensors(path).catch((error: unknown) => error);
        if (result instanceof Error) expect(result).toBeInstanceOf(FileError);
        else expect(result).not.toHaveProperty('sha256', sha256);
      }
    }));

  it('is a FileError where there is no file', async () => {
    expect((await rejection(readSafetensors('no/such/file'))).message).toBe(
      'cannot read no/such/file: it does not exist; check the path (ENOENT)',
    );
  });

  it('keeps the old file whole when the disk fills up', (context) =>
    withFolder(async (folder) => {
      const disk = mountTinyDisk(folder, 256);
      if (disk === undefined) return context.skip();
      try {
        const path = join(folder, 'a.safetensors');
        const sized = (length: number): TensorData[] => [
          { name: 'w', shape: [length], data: new Float32Array(length) },
        ];
        const { sha256 } = await writeSafetensors(path, sized(20_000));
        const error = await rejection(writeSafetensors(path, sized(60_000)));
        expect(error.message).toBe(`cannot write ${path}: the disk is full; free some space and try again (ENOSPC)`);
        expect((await readSafetensors(path)).sha256).toBe(sha256);
        expect(await readdir(folder)).toEqual(['a.safetensors']);
      } finally {
        disk.unmount();
      }
    }));

  it('writes and reads many megabytes in pieces without a copy', () =>
    withFolder(async (folder) => {
      const length = 12_000_000;
      const data = Float32Array.from({ length: 1000 }, (_, index) => index);
      const big = new Float32Array(length);
      for (let at = 0; at < length; at += data.length) big.set(data, at);
      const path = join(folder, 'big.safetensors');
      const before = process.memoryUsage().arrayBuffers;
      const { sha256 } = await writeSafetensors(path, [{ name: 'w', shape: [length], data: big }]);
      expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(10_000_000);
      expect((await stat(path)).size).toBeGreaterThan(4 * length);
      const content = await readSafetensors(path);
      expect(content.sha256).toBe(sha256);
      expect(content.tensors[0]?.data[length - 1]).toBe(999);
    }));
});
