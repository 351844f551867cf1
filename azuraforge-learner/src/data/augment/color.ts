import { checkRange } from '../../argument.ts';
import { uniform } from '../sample-generator.ts';
import type { ImagePlanes, ImageTransform } from './image.ts';

export interface ColorJitterOptions {
  /** Each factor is drawn from 1 − value to 1 + value; 0 (default) leaves the image as it is. */
  brightness?: number;
  contrast?: number;
  saturation?: number;
}

/** Changes brightness, contrast and saturation by chance, in this order. */
export function colorJitter({
  brightness = 0,
  contrast = 0,
  saturation = 0,
}: ColorJitterOptions): ImageTransform {
  for (const [name, value] of Object.entries({ brightness, contrast, saturation })) {
    checkRange(name, value, { minimum: 0, maximum: 1 });
  }
  return (image, generator) => {
    const factor = (spread: number): number => uniform(generator, 1 - spread, 1 + spread);
    const bright = adjustBrightness(image, factor(brightness));
    const contrasted = adjustContrast(bright, factor(contrast));
    return adjustSaturation(contrasted, factor(saturation));
  };
}

/** 0 is black, 1 the image; values are cut off at 0 and 1. */
export function adjustBrightness(image: ImagePlanes, factor: number): ImagePlanes {
  return blend(image, () => 0, factor);
}

/** 0 is the mean gray of the image everywhere, 1 the image. */
export function adjustContrast(image: ImagePlanes, factor: number): ImagePlanes {
  const gray = grayOf(image);
  const mean = gray.reduce((sum, value) => sum + value, 0) / gray.length;
  return blend(image, () => mean, factor);
}

/** 0 is gray, 1 the image. Images that have not three channels (red, green, blue) stay as they are. */
export function adjustSaturation(image: ImagePlanes, factor: number): ImagePlanes {
  if (image.channels !== 3) return image;
  const gray = grayOf(image);
  return blend(image, (position) => gray[position]!, factor);
}

function blend(image: ImagePlanes, other: (position: number) => number, factor: number): ImagePlanes {
  const size = image.height * image.width;
  const data = image.data.map((value, index) =>
    Math.min(1, Math.max(0, factor * value + (1 - factor) * other(index % size))),
  );
  return { ...image, data };
}

/** Luma of a colour image (ITU-R BT.601), or the mean of its planes where there are not three. */
function grayOf({ channels, height, width, data }: ImagePlanes): Float32Array {
  const size = height * width;
  const weights =
    channels === 3 ? [0.299, 0.587, 0.114] : Array.from({ length: channels }, () => 1 / channels);
  return Float32Array.from({ length: size }, (_, position) =>
    weights.reduce((sum, weight, plane) => sum + weight * data[plane * size + position]!, 0),
  );
}
