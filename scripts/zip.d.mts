/** See zip.mjs. */
export interface ZipEntry {
  readonly path: string;
  readonly contents: () => Buffer;
}
export function readZip(file: string): ZipEntry[];
export function unpack(file: string, prefix: string, folder: string): void;
