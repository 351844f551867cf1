import type { ImageBytes } from '../data/image-dataset.ts';
import { toBase64 } from '../pipeline/base64.ts';
import type { LocalizedText, PicturesSection } from '../report.ts';
import { confidentMistakes, MISTAKES_TITLE } from './mistakes.ts';

/** Larger pictures would only make the report large. */
const LONGEST_SIDE = 64;

/** Longer texts would hide the pictures. */
const LONGEST_TEXT = 60;

/** The images that a classifier was surest of while it was wrong, with their texts; none where it made no mistake. */
export function mistakePictures(
  images: ImageBytes & { labels: ArrayLike<number>; texts?: readonly string[] },
  probabilities: Float32Array,
  classNames: readonly string[],
): PicturesSection[] {
  const mistakes = confidentMistakes(images.labels, probabilities, classNames);
  if (mistakes.length === 0) return [];
  return [
    {
      kind: 'pictures',
      id: 'mistakes',
      title: MISTAKES_TITLE,
      description: {
        en: 'The test images that the model was surest of while it was wrong: hard ones, or ones with a wrong label.',
        tr: 'Modelin yanılırken en emin olduğu test görüntüleri: zor olanlar ya da etiketi yanlış olanlar.',
      },
      items: mistakes.map(({ index, caption }) => ({
        key: `image_${index}`,
        caption: images.texts ? beside(images.texts[index]!, caption) : caption,
        ...pictureOf(images, index),
      })),
    },
  ];
}

function beside(text: string, caption: Record<'en' | 'tr', string>): LocalizedText {
  const characters = [...text];
  const cut = characters.length > LONGEST_TEXT;
  const shown = cut ? `${characters.slice(0, LONGEST_TEXT).join('')}…` : text;
  return { en: `“${shown}”: ${caption.en}`, tr: `“${shown}”: ${caption.tr}` };
}

type Picture = Pick<PicturesSection['items'][number], 'width' | 'height' | 'channels' | 'pixels'>;

/** An image as a picture, shrunk to a side of 64 pixels by means over the pixels that fall together. */
function pictureOf({ pixels, shape: [, planes, height, width] }: ImageBytes, index: number): Picture {
  const channels = planes === 3 ? 3 : 1;
  const factor = Math.ceil(Math.max(height, width) / LONGEST_SIDE);
  const [rows, columns] = [Math.ceil(height / factor), Math.ceil(width / factor)];
  const start = index * planes * height * width;
  const bytes = new Uint8Array(rows * columns * channels);
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1) {
      for (let channel = 0; channel < channels; channel += 1) {
        let sum = 0;
        let count = 0;
        for (let y = row * factor; y < Math.min(height, (row + 1) * factor); y += 1) {
          for (let x = column * factor; x < Math.min(width, (column + 1) * factor); x += 1) {
            sum += pixels[start + (channel * height + y) * width + x]!;
            count += 1;
          }
        }
        bytes[(row * columns + column) * channels + channel] = Math.round(sum / count);
      }
    }
  }
  return { width: columns, height: rows, channels, pixels: toBase64(bytes) };
}
