/** `sha256:` and 64 hex digits over the parts, each preceded by its length. */
export async function byteHash(parts: readonly Uint8Array[]): Promise<string> {
  const content = new Uint8Array(parts.reduce((size, { length }) => size + 8 + length, 0));
  const view = new DataView(content.buffer);
  let offset = 0;
  for (const part of parts) {
    view.setFloat64(offset, part.length, true);
    content.set(part, offset + 8);
    offset += 8 + part.length;
  }
  return sha256(content);
}

export async function sha256(content: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = new Uint8Array(await globalThis.crypto.subtle.digest('SHA-256', content));
  return `sha256:${Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')}`;
}
