import { Buffer } from 'node:buffer';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, normalize, sep } from 'node:path';
import { inflateRawSync } from 'node:zlib';

/** The files of a ZIP archive of at most 4 GB. Layout: PKWARE's APPNOTE, sections 4.3.7, 4.3.12 and 4.3.16. */
export function readZip(file) {
  const bytes = readFileSync(file);
  const end = bytes.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'));
  if (end < 0) throw new Error(`${file} is not a ZIP archive`);
  const entries = [];
  let at = bytes.readUInt32LE(end + 16);
  for (let left = bytes.readUInt16LE(end + 10); left > 0; left--) {
    const method = bytes.readUInt16LE(at + 10);
    const packedSize = bytes.readUInt32LE(at + 20);
    const [name, extra, comment] = [28, 30, 32].map((offset) => bytes.readUInt16LE(at + offset));
    const local = bytes.readUInt32LE(at + 42);
    const path = bytes.toString('utf8', at + 46, at + 46 + name);
    at += 46 + name + extra + comment;
    if (path.endsWith('/')) continue;
    const start = local + 30 + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28);
    const packed = bytes.subarray(start, start + packedSize);
    entries.push({ path, contents: () => (method === 0 ? packed : inflateRawSync(packed)) });
  }
  return entries;
}

/** Unpacks what is under `prefix` in an archive into a folder. */
export function unpack(file, prefix, folder) {
  for (const { path, contents } of readZip(file)) {
    if (!path.startsWith(prefix)) continue;
    const target = normalize(join(folder, path.slice(prefix.length)));
    if (!target.startsWith(folder + sep)) throw new Error(`${path} in ${file} leads out of the folder`);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, contents());
  }
}
