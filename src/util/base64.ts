/** Numbers as messages carry them: their bytes, little-endian on every platform that has an engine, as base64. */
export function base64Of({ buffer, byteOffset, byteLength }: Float32Array | Int32Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString('base64');
}
