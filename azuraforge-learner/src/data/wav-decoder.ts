// Node sees no names in this CommonJS module, oxlint no default.
// oxlint-disable-next-line import/default -- see above
import wavefile from 'wavefile';
import { DataError } from '../error.ts';

export interface Sound {
  /** Samples a second. */
  sampleRate: number;
  /** One array for each channel, of values from −1 to 1. */
  channels: Float32Array[];
}

/**
 * The samples of a WAV file of whole numbers (8 to 32 bits) or floats. Throws DataError where it is cut off, holds no
 * samples, or values that are not finite; the decoder's own error for other bytes.
 */
export function decodeWav(bytes: Uint8Array): Sound {
  // oxlint-disable-next-line import/no-named-as-default-member -- Node sees the default only
  const wav = new wavefile.WaveFile(bytes);
  const { sampleRate, numChannels } = wav.fmt as { sampleRate: number; numChannels: number };
  const { chunkSize, samples } = wav.data as { chunkSize: number; samples: Uint8Array };
  if (samples.length < chunkSize || bytes.length < 8 + wav.chunkSize) {
    throw new DataError(
      `It is cut off: it should hold ${wav.chunkSize + 8} bytes and holds ${bytes.length}. Write or download it again.`,
    );
  }
  if (numChannels < 1) throw new DataError('It has no channels. Write or download it again.');
  if (samples.length === 0) throw new DataError('It holds no samples. Remove it.');
  const all = wav.getSamples(true, Float64Array);
  const count = all.length / numChannels;
  if (!Number.isInteger(count) || count === 0) {
    throw new DataError(
      `It holds ${all.length} samples for ${numChannels} channels, which is not as many for each. Write or download it again.`,
    );
  }
  const scale = scaling(wav.bitDepth);
  const channels = Array.from({ length: numChannels }, (_, channel) =>
    Float32Array.from({ length: count }, (_unused, index) => scale(all[index * numChannels + channel]!)),
  );
  for (const [channel, values] of channels.entries()) {
    const wrong = values.findIndex((value) => !Number.isFinite(value));
    if (wrong >= 0)
      throw new DataError(`Sample ${wrong} of channel ${channel} is ${values[wrong]}. Mend the file.`);
  }
  return { sampleRate, channels };
}

function scaling(bitDepth: string): (sample: number) => number {
  if (bitDepth === '32f' || bitDepth === '64') return (sample) => sample;
  // Bytes alone are without a sign.
  if (bitDepth === '8') return (sample) => (sample - 128) / 128;
  const bits = Number(bitDepth);
  if (!(bits > 8 && bits <= 32)) {
    throw new DataError(`Its samples are ${bitDepth}, which is not read. Convert it to 16 bits.`);
  }
  return (sample) => sample / 2 ** (bits - 1);
}
