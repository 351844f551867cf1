const HEADER = 44;
const BYTES = 2;
const HIGHEST = 32_767;

/** A WAV file of one channel in 16 bits (RIFF, PCM); samples from −1 to 1, what lies beyond is cut. */
export function encodeWav(samples: Float32Array, sampleRate: number): Uint8Array {
  const size = samples.length * BYTES;
  const bytes = new Uint8Array(HEADER + size);
  const view = new DataView(bytes.buffer);
  const text = (offset: number, letters: string): void =>
    bytes.set(new TextEncoder().encode(letters), offset);
  text(0, 'RIFF');
  view.setUint32(4, HEADER - 8 + size, true);
  text(8, 'WAVEfmt ');
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, sampleRate, true);
  view.setUint32(28, sampleRate * BYTES, true);
  view.setUint16(32, BYTES, true);
  view.setUint16(34, 8 * BYTES, true);
  text(36, 'data');
  view.setUint32(40, size, true);
  for (const [index, sample] of samples.entries()) {
    view.setInt16(HEADER + index * BYTES, Math.round(Math.min(1, Math.max(-1, sample)) * HIGHEST), true);
  }
  return bytes;
}
