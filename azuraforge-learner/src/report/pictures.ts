import type { ImageBytes } from '../data/image-dataset.ts';
import { toBase64 } from '../pipeline/base64.ts';
import type { PicturesSection } from '../report.ts';
import type { JudgedSamples, Verdict } from './judged.ts';
import { MISTAKES_TITLE, verdictsOf } from './judged.ts';

/** Larger pictures would only make the report large. */
const LONGEST_SIDE = 64;

/** Longer texts would hide the pictures. */
const LONGEST_TEXT = 60;

type Item = PicturesSection['items'][number];

/** What speaks for the answer, stretched over a picture. */
export type Heat = NonNullable<Item['heat']>;

/** Test images, perhaps with a text to each, with what a classifier said of them. */
export type JudgedImages = JudgedSamples & ImageBytes & { texts?: readonly string[] };

/** The mistakes as pictures, if there are any; `heat` by the number of the image. */
export function mistakePictures(
  images: JudgedImages,
  chosen: readonly number[],
  heat: ReadonlyMap<number, Heat> = new Map(),
): PicturesSection[] {
  if (chosen.length === 0) return [];
  return [
    {
      kind: 'pictures',
      id: 'mistakes',
      title: MISTAKES_TITLE,
      description: {
        en: `The test images that the model was surest of while it was wrong: hard ones, or ones with a wrong label.${heat.size > 0 ? ' Beside each, what spoke for the wrong answer.' : ''}`,
        tr: `Modelin yanılırken en emin olduğu test görüntüleri: zor olanlar ya da etiketi yanlış olanlar.${heat.size > 0 ? ' Her birinin yanında, yanlış yanıttan yana olan yerler.' : ''}`,
      },
      items: itemsOf(images, chosen, heat),
    },
  ];
}

/** Where a classifier looks: images with what speaks for its answer. */
export function evidencePictures(
  images: JudgedImages,
  chosen: readonly number[],
  heat: ReadonlyMap<number, Heat>,
): PicturesSection {
  return {
    kind: 'pictures',
    id: 'evidence',
    title: { en: 'What the model looks at', tr: 'Modelin baktığı yerler' },
    description: {
      en: 'The test image of each class, of twelve at most, that the model is surest of. Beside it, where covering a patch with the mean colour makes the model less sure of its answer (the place speaks for it) or surer (it speaks against it); the fullest colour is the strongest place of the picture.',
      tr: 'Modelin her sınıftan (en çok on iki) en emin olduğu test görüntüsü. Yanında, ortalama renkle örtülünce modelin yanıtından daha az emin (yanıttan yana) ya da daha emin (yanıta karşı) olduğu yerler; en dolu renk, o görüntünün en güçlü yeridir.',
    },
    items: itemsOf(images, chosen, heat),
  };
}

function itemsOf(images: JudgedImages, chosen: readonly number[], heat: ReadonlyMap<number, Heat>): Item[] {
  const verdicts = verdictsOf(images, chosen);
  return chosen.map((index, place) => ({
    key: `image_${index}`,
    caption: images.texts ? beside(images.texts[index]!, verdicts[place]!) : verdicts[place]!,
    ...pictureOf(images, index),
    ...(heat.has(index) && { heat: heat.get(index)! }),
  }));
}

function beside(text: string, verdict: Verdict): Verdict {
  const characters = [...text];
  const isCut = characters.length > LONGEST_TEXT;
  const shown = isCut ? `${characters.slice(0, LONGEST_TEXT).join('')}…` : text;
  return { en: `“${shown}”: ${verdict.en}`, tr: `“${shown}”: ${verdict.tr}` };
}

type Picture = Pick<Item, 'width' | 'height' | 'channels' | 'pixels'>;

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
