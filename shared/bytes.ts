/** The same bytes, to read numbers from. */
export function viewOf(start: Uint8Array): DataView {
  return new DataView(start.buffer, start.byteOffset, start.byteLength);
}

/** Decodes one character per byte. */
export function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}
