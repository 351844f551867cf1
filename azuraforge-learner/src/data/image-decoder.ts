import { convertIndexedToRgb, decode as decodePng } from 'fast-png';
import { decode as decodeJpeg } from 'jpeg-js';
import { DataError } from '../error.ts';

/** `channels × height × width` bytes, plane after plane. */
export interface FileImage {
  pixels: Uint8Array;
  channels: 1 | 3;
  height: number;
  width: number;
}

/** Pixels as the decoders give them: `samples` bytes for each, of which the first 3, or the first where there are fewer, count. */
interface Interleaved {
  width: number;
  height: number;
  data: Uint8Array;
  samples: number;
}

/** A JPEG that unpacks to more would take the memory of the process with it. */
const MAX_MEGAPIXELS = 100;

/** The pixels of a PNG or JPEG. Throws DataError for other bytes, the decoder's own error for damaged ones. */
export function decodeImage(bytes: Uint8Array, channels: 1 | 3): FileImage {
  const image = decode(bytes);
  return { pixels: planes(image, channels), channels, height: image.height, width: image.width };
}

function decode(bytes: Uint8Array): Interleaved {
  if (bytes[0] === 0x89 && bytes[1] === 0x50) return fromPng(bytes);
  if (bytes[0] === 0xff && bytes[1] === 0xd8) return fromJpeg(bytes);
  throw new DataError('It is neither PNG nor JPEG. Convert it, or remove it.');
}

function fromPng(bytes: Uint8Array): Interleaved {
  const png = decodePng(bytes, { checkCrc: true });
  const { width, height, depth, channels } = png;
  if (png.palette) return { width, height, data: convertIndexedToRgb(png), samples: png.palette[0]!.length };
  if (depth < 8) {
    // Grays of few bits are packed as the numbers of a palette are.
    const levels = 2 ** depth;
    const palette = Array.from({ length: levels }, (_, level): [number, number, number] => {
      const gray = Math.round((255 * level) / (levels - 1));
      return [gray, gray, gray];
    });
    return { width, height, data: convertIndexedToRgb({ ...png, palette }), samples: 3 };
  }
  const data = depth === 16 ? Uint8Array.from(png.data, (value) => value >> 8) : Uint8Array.from(png.data);
  return { width, height, data, samples: channels };
}

function fromJpeg(bytes: Uint8Array): Interleaved {
  const { width, height, data } = decodeJpeg(bytes, {
    useTArray: true,
    formatAsRGBA: false,
    tolerantDecoding: false,
    maxResolutionInMP: MAX_MEGAPIXELS,
  });
  return { width, height, data, samples: 3 };
}

function planes({ width, height, data, samples }: Interleaved, channels: 1 | 3): Uint8Array {
  const size = width * height;
  const pixels = new Uint8Array(channels * size);
  const isGray = samples < 3;
  for (let position = 0; position < size; position += 1) {
    const start = position * samples;
    const red = data[start]!;
    const [green, blue] = isGray ? [red, red] : [data[start + 1]!, data[start + 2]!];
    if (channels === 1) {
      // Luma of ITU-R BT.601.
      pixels[position] = Math.round(0.299 * red + 0.587 * green + 0.114 * blue);
    } else {
      pixels[position] = red;
      pixels[size + position] = green;
      pixels[2 * size + position] = blue;
    }
  }
  return pixels;
}
