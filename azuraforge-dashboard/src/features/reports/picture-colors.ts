import type { PicturesSection } from 'azuraforge-dbmodels/contract';

/** Red, green, blue and opacity of each pixel; black where the picture holds too few bytes or no base64. */
export function pictureColors({
  width,
  height,
  channels,
  pixels,
}: PicturesSection['items'][number]): Uint8ClampedArray<ArrayBuffer> {
  const bytes = decoded(pixels);
  const colors = new Uint8ClampedArray(width * height * 4);
  for (let pixel = 0; pixel < width * height; pixel += 1) {
    for (let color = 0; color < 3; color += 1) {
      const place = pixel * channels + (channels === 3 ? color : 0);
      colors[pixel * 4 + color] = place < bytes.length ? bytes.charCodeAt(place) : 0;
    }
    colors[pixel * 4 + 3] = 255;
  }
  return colors;
}

function decoded(base64: string): string {
  try {
    return atob(base64);
  } catch {
    return '';
  }
}
