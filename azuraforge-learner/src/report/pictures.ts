import type { ImageBytes } from '../data/image-dataset.ts';
import { highestClasses } from '../metric/confusion-matrix.ts';
import type { PicturesSection } from '../report.ts';
import { formatPercent } from './number-text.ts';

const MOST_PICTURES = 12;

/** Larger pictures would only make the report large. */
const LONGEST_SIDE = 64;

/** The images that a classifier was surest of while it was wrong; none where it made no mistake. */
export function mistakePictures(
  images: ImageBytes & { labels: ArrayLike<number> },
  probabilities: Float32Array,
  classNames: readonly string[],
): PicturesSection[] {
  const classes = classNames.length;
  const predicted = highestClasses(probabilities, classes);
  const confidence = (index: number): number => probabilities[index * classes + predicted[index]!]!;
  const mistakes = Array.from(predicted.keys())
    .filter((index) => predicted[index] !== images.labels[index])
    .sort((a, b) => confidence(b) - confidence(a))
    .slice(0, MOST_PICTURES);
  if (mistakes.length === 0) return [];
  return [
    {
      kind: 'pictures',
      id: 'mistakes',
      title: { en: 'Most confident mistakes', tr: 'En emin olunan yanlışlar' },
      description: {
        en: 'The test images that the model was surest of while it was wrong: hard ones, or ones with a wrong label.',
        tr: 'Modelin yanılırken en emin olduğu test görüntüleri: zor olanlar ya da etiketi yanlış olanlar.',
      },
      items: mistakes.map((index) => {
        const truth = classNames[images.labels[index]!]!;
        const answer = classNames[predicted[index]!]!;
        const sure = (language: 'en' | 'tr'): string => formatPercent(confidence(index), language);
        return {
          key: `image_${index}`,
          caption: {
            en: `${truth}, taken for ${answer} (${sure('en')})`,
            tr: `${truth}, ${answer} sanıldı (${sure('tr')})`,
          },
          ...pictureOf(images, index),
        };
      }),
    },
  ];
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
  const text = Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
  return { width: columns, height: rows, channels, pixels: btoa(text) };
}
