import { toBase64 } from '../pipeline/base64.ts';
import type { PicturesSection } from '../report.ts';
import { MAX_PICTURE_SIDE } from '../report.ts';

type Picture = Pick<PicturesSection['items'][number], 'width' | 'height' | 'channels' | 'pixels'>;

/** Samples of one column. */
const FRAME = 128;
const BANDS = FRAME / 2;
/** What is so much quieter than the loudest is black. */
const RANGE_DB = 70;

/** Which frequencies sound when: left to right in time, low to high from the bottom, brighter is louder; null for less than a frame. */
export function spectrogramOf(samples: Float32Array, loudest: number): Picture | null {
  if (samples.length < FRAME) return null;
  const hop = hopOf(samples);
  const columns = Math.floor((samples.length - FRAME) / hop) + 1;
  const pixels = new Uint8Array(columns * BANDS);
  for (let column = 0; column < columns; column += 1) {
    const powers = powersOf(samples.subarray(column * hop, column * hop + FRAME));
    for (const [band, power] of powers.entries()) {
      const level = 1 + (10 * Math.log10(power / loudest + 1e-12)) / RANGE_DB;
      pixels[(BANDS - 1 - band) * columns + column] = Math.round(255 * Math.min(1, Math.max(0, level)));
    }
  }
  return { width: columns, height: BANDS, channels: 1, pixels: toBase64(pixels) };
}

/** The most power of any band, as the measure of `spectrogramOf`. */
export function loudestPower(samples: Float32Array): number {
  let most = Number.MIN_VALUE;
  const hop = hopOf(samples);
  for (let start = 0; start + FRAME <= samples.length; start += hop) {
    most = Math.max(most, ...powersOf(samples.subarray(start, start + FRAME)));
  }
  return most;
}

/** Samples from one column to the next: half a frame, or as many as let the whole sound into one picture. */
function hopOf(samples: Float32Array): number {
  return Math.max(FRAME / 2, Math.ceil((samples.length - FRAME + 1) / MAX_PICTURE_SIDE));
}

/** The power of each band of one frame, through a Hann window. */
function powersOf(frame: Float32Array): Float64Array {
  return Float64Array.from({ length: BANDS }, (_, band) => {
    let real = 0;
    let imaginary = 0;
    for (const [at, sample] of frame.entries()) {
      const weight = 0.5 - 0.5 * Math.cos((2 * Math.PI * at) / FRAME);
      const angle = (2 * Math.PI * band * at) / FRAME;
      real += weight * sample * Math.cos(angle);
      imaginary -= weight * sample * Math.sin(angle);
    }
    return real * real + imaginary * imaginary;
  });
}
