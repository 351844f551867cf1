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

export type ImageSize = Pick<FileImage, 'height' | 'width'>;

/** A small file that unpacks to more would take the memory of the process with it. */
const MAX_PIXELS = 100_000_000;

/**
 * The pixels of a PNG or JPEG. Throws DataError for other bytes and, before it unpacks them, for another size than
 * `expected` or more than 100 megapixels; the decoder's own error for damaged ones.
 */
export function decodeImage(bytes: Uint8Array, channels: 1 | 3, expected?: ImageSize): FileImage {
  const isPng = bytes[0] === 0x89 && bytes[1] === 0x50;
  const isJpeg = bytes[0] === 0xff && bytes[1] === 0xd8;
  if (!isPng && !isJpeg) throw new DataError('It is neither PNG nor JPEG. Convert it, or remove it.');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const size = isPng ? pngSize(view) : jpegSize(view);
  if (size) checkSize(size, expected);
  if (size && isPng) checkPacked(view, size);
  const image = isPng ? fromPng(bytes) : fromJpeg(bytes, expected);
  checkSize(image, expected);
  return { pixels: planes(image, channels), channels, height: image.height, width: image.width };
}

function checkSize({ height, width }: ImageSize, expected: ImageSize | undefined): void {
  if (expected && (width !== expected.width || height !== expected.height)) {
    throw new DataError(
      `It is ${width} × ${height} pixels instead of ${expected.width} × ${expected.height}. Scale it first.`,
    );
  }
  if (width * height > MAX_PIXELS) {
    throw new DataError(
      `It is ${width} × ${height} pixels, more than ${MAX_PIXELS / 1e6} megapixels. Scale it first.`,
    );
  }
}

/** As the header says, which comes first; null where it is cut off. */
function pngSize(view: DataView): ImageSize | null {
  if (view.byteLength < 24) return null;
  return { width: view.getUint32(16), height: view.getUint32(20) };
}

/** Bytes of a PNG that are packed but are no pixels, such as a colour profile. */
const MAX_PACKED_EXTRAS = 65_536;

const PIXELS = 0x49444154;
/** `iCCP`, `iTXt` and `zTXt`. */
const EXTRAS = new Set([0x69434350, 0x69545874, 0x7a545874]);

/** Bytes of the packed pixels beyond what pixels of this size could need would unpack to a thousand times as many. */
function checkPacked(view: DataView, { height, width }: ImageSize): void {
  // 8 bytes a pixel (16 bits of red, green, blue, opacity), one a row, and what packing adds at worst.
  const most = Math.ceil(1.01 * height * (8 * width + 1)) + 1024;
  let [pixels, extras] = [0, 0];
  for (let at = 8; at + 8 <= view.byteLength; at += 12 + view.getUint32(at)) {
    const kind = view.getUint32(at + 4);
    if (kind === PIXELS) pixels += view.getUint32(at);
    else if (EXTRAS.has(kind)) extras += view.getUint32(at);
  }
  if (pixels > most || extras > MAX_PACKED_EXTRAS) {
    throw new DataError('It holds more packed bytes than an image of its size can need. Save it anew.');
  }
}

/** As the first frame says; null where there is none. */
function jpegSize(view: DataView): ImageSize | null {
  let at = 2;
  while (at + 9 <= view.byteLength && view.getUint8(at) === 0xff) {
    const marker = view.getUint8(at + 1);
    // All of 0xC0 to 0xCF begin a frame, but for the tables and the extension among them.
    if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) {
      return { height: view.getUint16(at + 5), width: view.getUint16(at + 7) };
    }
    // Any number of 0xFF may stand before a marker.
    at += marker === 0xff ? 1 : 2 + view.getUint16(at + 2);
  }
  return null;
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

function fromJpeg(bytes: Uint8Array, expected: ImageSize | undefined): Interleaved {
  const { width, height, data } = decodeJpeg(bytes, {
    useTArray: true,
    formatAsRGBA: false,
    tolerantDecoding: false,
    // Of every frame; `jpegSize` sees the first alone.
    maxResolutionInMP: (expected ? expected.width * expected.height : MAX_PIXELS) / 1e6,
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
