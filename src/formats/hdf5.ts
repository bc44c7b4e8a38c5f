/**
 * Writes HDF5 files of plain datasets: one group, contiguous numbers, no compression; what any HDF5 library reads. The
 * format is that of "HDF5 File Format Specification Version 3.0" with a superblock of version 0, which needs no checksums.
 */

/** Numbers of a dataset with its shape, row by row. */
export interface Dataset {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Float32Array | Int32Array;
}

const undefinedAddress = 0xffff_ffff_ffff_ffffn;
/** The specification does not say it, the library does: 1 stands for no free block in a heap. */
const noFreeBlock = 1;
/** Half as many entries as a node of the group holds; the specification's default is 4. */
const leafRank = 64;
const superblockBytes = 96;
const treeBytes = 24 + 2 * 16 * 8 + (2 * 16 + 1) * 8;
const symbolEntryBytes = 40;
const nodeBytes = 8 + 2 * leafRank * symbolEntryBytes;

/**
 * The file's bytes.
 *
 * @throws RangeError for a shape that does not fit its data, a name that is taken or cannot be one, or too many datasets
 */
export function hdf5Of(datasets: readonly Dataset[]): Uint8Array {
  // The specification has the members of a group in the order of their names.
  const sorted = [...datasets].sort((a, b) => (a.name < b.name ? -1 : 1));
  check(sorted);
  const heap = heapOf(sorted.map(({ name }) => name));
  const rootHeader = superblockBytes;
  const tree = rootHeader + headerBytes([16]);
  const heapHeader = tree + treeBytes;
  const heapData = heapHeader + 32;
  const node = heapData + heap.bytes.length;
  let end = node + nodeBytes;
  const places = sorted.map((dataset) => {
    const header = end;
    const data = aligned(header + headerBytes(datasetMessages(dataset, 0).map(({ body }) => body.length)));
    end = aligned(data + dataset.data.byteLength);
    return { header, data };
  });
  const file = new Writer(end);
  writeSuperblock(file, { end, rootHeader, tree, heapHeader });
  writeHeader(file.at(rootHeader), [{ type: 0x11, body: new Writer(16).u64(tree).u64(heapHeader).bytes }]);
  writeTree(file.at(tree), { node, last: heap.offsets.at(-1) ?? 0 });
  file.at(heapHeader).text('HEAP').u32(0).u64(heap.bytes.length).u64(noFreeBlock).u64(heapData);
  file.at(heapData).raw(heap.bytes);
  file.at(node).text('SNOD').u8(1).u8(0).u16(sorted.length);
  places.forEach(({ header }, index) =>
    file
      .u64(heap.offsets[index] ?? 0)
      .u64(header)
      .u32(0)
      .u32(0)
      .u64(0)
      .u64(0),
  );
  sorted.forEach((dataset, index) => {
    const { header = 0, data = 0 } = places[index] ?? {};
    writeHeader(file.at(header), datasetMessages(dataset, data));
    file.at(data).raw(littleEndian(dataset.data));
  });
  return file.bytes;
}

function check(sorted: readonly Dataset[]): void {
  if (sorted.length > 2 * leafRank)
    throw new RangeError(`an HDF5 file of ours holds ${2 * leafRank} datasets, not ${sorted.length}`);
  sorted.forEach(({ name, shape, data }, index) => {
    if (!/^[\w.-]+$/u.test(name)) throw new RangeError(`“${name}” cannot be the name of a dataset`);
    if (sorted[index + 1]?.name === name) throw new RangeError(`there are two datasets ${name}`);
    if (shape.reduce((product, size) => product * size, 1) !== data.length)
      throw new RangeError(`the dataset ${name} of shape ${shape.join(' × ')} has ${data.length} numbers`);
  });
}

/** Names, each ended by a zero and at a multiple of 8, after an empty one. */
function heapOf(names: readonly string[]): { bytes: Uint8Array; offsets: number[] } {
  const offsets: number[] = [];
  let length = 8;
  for (const name of names) {
    offsets.push(length);
    length = aligned(length + name.length + 1);
  }
  const writer = new Writer(length);
  names.forEach((name, index) => writer.at(offsets[index] ?? 0).text(name));
  return { bytes: writer.bytes, offsets };
}

function writeSuperblock(
  file: Writer,
  { end, rootHeader, tree, heapHeader }: { end: number; rootHeader: number; tree: number; heapHeader: number },
): void {
  file.at(0).raw(Uint8Array.of(0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a));
  // Versions of superblock, free space, root group and shared messages; sizes of addresses and of lengths.
  file.u8(0).u8(0).u8(0).u8(0).u8(0).u8(8).u8(8).u8(0);
  file.u16(leafRank).u16(16).u32(0);
  file.u64(0).u64(undefinedAddress).u64(end).u64(undefinedAddress);
  // The root group's entry keeps its tree and its heap beside its header.
  file.u64(0).u64(rootHeader).u32(1).u32(0).u64(tree).u64(heapHeader);
}

/** A tree of one leaf. */
function writeTree(file: Writer, { node, last }: { node: number; last: number }): void {
  file.text('TREE').u8(0).u8(0).u16(1).u64(undefinedAddress).u64(undefinedAddress);
  file.u64(0).u64(node).u64(last);
}

interface Message {
  readonly type: number;
  readonly body: Uint8Array;
}

/** Of an object's header, version 1, with messages of such sizes. */
function headerBytes(sizes: readonly number[]): number {
  return 16 + sizes.reduce((sum, size) => sum + 8 + size, 0);
}

function writeHeader(file: Writer, messages: readonly Message[]): void {
  const size = headerBytes(messages.map(({ body }) => body.length)) - 16;
  file.u8(1).u8(0).u16(messages.length).u32(1).u32(size).u32(0);
  for (const { type, body } of messages) file.u16(type).u16(body.length).u8(0).u8(0).u8(0).u8(0).raw(body);
}

/** Dataspace, datatype, fill value and layout. */
function datasetMessages({ shape, data }: Dataset, address: number): Message[] {
  const space = new Writer(8 + 8 * shape.length).u8(1).u8(shape.length).u8(0).u8(0).u32(0);
  for (const size of shape) space.u64(size);
  const layout = new Writer(24).u8(3).u8(1).u64(address).u64(data.byteLength);
  return [
    { type: 0x01, body: space.bytes },
    { type: 0x03, body: data instanceof Float32Array ? floatType() : integerType() },
    // Written when the file is made; no value of the user's.
    { type: 0x05, body: new Writer(8).u8(2).u8(2).u8(0).u8(0).bytes },
    { type: 0x08, body: layout.bytes },
  ];
}

/** IEEE 754, 32 bits, little-endian: sign, 8 bits of exponent, 23 of mantissa with its first bit implied. */
function floatType(): Uint8Array {
  const type = new Writer(24).u8(0x11).u8(0x20).u8(31).u8(0).u32(4);
  return type.u16(0).u16(32).u8(23).u8(8).u8(0).u8(23).u32(127).bytes;
}

/** Two's complement, 32 bits, little-endian. */
function integerType(): Uint8Array {
  return new Writer(16).u8(0x10).u8(0x08).u8(0).u8(0).u32(4).u16(0).u16(32).bytes;
}

function littleEndian(data: Float32Array | Int32Array): Uint8Array {
  const bytes = new Uint8Array(data.byteLength);
  const view = new DataView(bytes.buffer);
  if (data instanceof Float32Array) data.forEach((value, index) => view.setFloat32(4 * index, value, true));
  else data.forEach((value, index) => view.setInt32(4 * index, value, true));
  return bytes;
}

function aligned(address: number): number {
  return Math.ceil(address / 8) * 8;
}

/** Little-endian numbers, one behind the other. */
class Writer {
  readonly bytes: Uint8Array;
  private readonly view: DataView;
  private place = 0;

  constructor(size: number) {
    this.bytes = new Uint8Array(size);
    this.view = new DataView(this.bytes.buffer);
  }

  at(place: number): this {
    this.place = place;
    return this;
  }

  u8(value: number): this {
    this.view.setUint8(this.place, value);
    return this.moved(1);
  }

  u16(value: number): this {
    this.view.setUint16(this.place, value, true);
    return this.moved(2);
  }

  u32(value: number): this {
    this.view.setUint32(this.place, value, true);
    return this.moved(4);
  }

  u64(value: number | bigint): this {
    this.view.setBigUint64(this.place, BigInt(value), true);
    return this.moved(8);
  }

  text(letters: string): this {
    return this.raw(new TextEncoder().encode(letters));
  }

  raw(bytes: Uint8Array): this {
    this.bytes.set(bytes, this.place);
    return this.moved(bytes.length);
  }

  private moved(by: number): this {
    this.place += by;
    return this;
  }
}
