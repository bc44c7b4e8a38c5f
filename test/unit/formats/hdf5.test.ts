import { describe, expect, it } from 'vitest';

import { hdf5Of } from '../../../src/formats/hdf5.ts';
import type { Dataset } from '../../../src/formats/hdf5.ts';
import { lstmVisFiles } from '../../../src/formats/lstmvis.ts';

/*
 * A reader of just such files, by the specification and apart from the writer: it goes from the superblock to the root
 * group's tree, its node, and each object's header. (That the HDF5 Group's own library, 2.0.0, reads them was seen by
 * hand with h5wasm 0.10.3, which is too large to be kept for that.)
 */
function read(bytes: Uint8Array): Map<string, { shape: number[]; data: number[]; type: string }> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const u64 = (at: number): number => Number(view.getBigUint64(at, true));
  const text = (at: number, length: number): string => Buffer.from(bytes.subarray(at, at + length)).toString('latin1');
  const cString = (at: number): string => text(at, bytes.indexOf(0, at) - at);
  expect(text(0, 8)).toBe('\x89HDF\r\n\x1a\n');
  expect([...bytes.subarray(8, 16)]).toEqual([0, 0, 0, 0, 0, 8, 8, 0]);
  expect(u64(40)).toBe(bytes.length);
  const [tree, heap] = [u64(80), u64(88)];
  expect([text(tree, 4), text(heap, 4)]).toEqual(['TREE', 'HEAP']);
  const [node, names] = [u64(tree + 32), u64(heap + 24)];
  expect(text(node, 4)).toBe('SNOD');
  const found = new Map<string, { shape: number[]; data: number[]; type: string }>();
  for (let index = 0; index < view.getUint16(node + 6, true); index += 1) {
    const entry = node + 8 + 40 * index;
    const header = u64(entry + 8);
    let at = header + 16;
    let shape: number[] = [];
    let type = '';
    let data: number[] = [];
    for (let message = 0; message < view.getUint16(header + 2, true); message += 1) {
      const [kind, size] = [view.getUint16(at, true), view.getUint16(at + 2, true)];
      const body = at + 8;
      if (kind === 1)
        shape = Array.from({ length: view.getUint8(body + 1) }, (_, dimension) => u64(body + 8 + 8 * dimension));
      if (kind === 3) type = (view.getUint8(body) & 15) === 1 ? 'float' : 'integer';
      if (kind === 8)
        data = Array.from({ length: u64(body + 10) / 4 }, (_, place) =>
          type === 'float'
            ? view.getFloat32(u64(body + 2) + 4 * place, true)
            : view.getInt32(u64(body + 2) + 4 * place, true),
        );
      at = body + size;
    }
    found.set(cString(names + u64(entry)), { shape, data, type });
  }
  return found;
}

const floats = Float32Array.from({ length: 12 }, (_, index) => index / 7 - 0.5);
const dataset = (name: string, shape: readonly number[] = [4, 3]): Dataset => ({ name, shape, data: floats });

describe('an HDF5 file', () => {
  it('has its datasets with their shapes and every number as it was, in the order of their names', () => {
    const ids = Int32Array.of(1, -2, 70_000);
    const file = read(hdf5Of([dataset('states2'), { name: 'word_ids', shape: [3], data: ids }, dataset('a', [2, 6])]));
    expect([...file.keys()]).toEqual(['a', 'states2', 'word_ids']);
    expect(file.get('states2')).toEqual({ shape: [4, 3], data: [...floats], type: 'float' });
    expect(file.get('word_ids')).toEqual({ shape: [3], data: [...ids], type: 'integer' });
    expect(file.get('a')?.shape).toEqual([2, 6]);
  });

  it('is refused where it could not be read', () => {
    expect(() => hdf5Of([dataset('a', [5, 3])])).toThrow('the dataset a of shape 5 × 3 has 12 numbers');
    expect(() => hdf5Of([dataset('a'), dataset('a')])).toThrow('two datasets a');
    expect(() => hdf5Of([dataset('a/b')])).toThrow('cannot be the name');
    expect(() => hdf5Of(Array.from({ length: 129 }, (_, index) => dataset(`d${index}`)))).toThrow(
      '128 datasets, not 129',
    );
  });
});

describe('the files of LSTMVis', () => {
  const series = (['h', 'c', 'forget'] as const).map((name) => ({
    reading: 'forward' as const,
    layer: 1,
    name,
    units: 3,
    values: floats,
  }));
  const files = new Map(
    lstmVisFiles({ name: 'my: "run"', words: ['the', '<unk>', 'a b', 'the'], series }).map((file) => [
      file.name,
      file.content,
    ]),
  );
  const binary = (name: string): Uint8Array => {
    const content = files.get(name);
    if (!(content instanceof Uint8Array)) throw new Error(`${name} is no binary file`);
    return content;
  };

  it('are the states a layer, the ids of the words, and what they mean', () => {
    expect([...read(binary('states.hdf5')).keys()]).toEqual(['c2', 'forget2', 'states2']);
    expect(read(binary('states.hdf5')).get('states2')).toEqual({ shape: [4, 3], data: [...floats], type: 'float' });
    expect(read(binary('train.hdf5')).get('word_ids')?.data).toEqual([0, 1, 2, 0]);
    expect(files.get('words.dict')).toBe('the 0\n<unk> 1\na␣b 2\n');
  });

  it('are named in lstm.yml with what LSTMVis must do to each', () => {
    const yml = String(files.get('lstm.yml'));
    expect(yml).toContain('name: "my: \\"run\\""\n');
    expect(yml).toContain('{type: state, layer: 2, path: states2, transform: none}');
    expect(yml).toContain('{type: c, layer: 2, path: c2}');
    expect(yml).toContain('{type: forget, layer: 2, path: forget2, unsigned: true, transform: none}');
  });
});
