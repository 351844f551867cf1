import type { ImageBytes } from '../data/image-dataset.ts';
import { highestClasses } from '../metric/confusion-matrix.ts';
import type { PicturesSection } from '../report.ts';
import { formatPercent } from './number-text.ts';

const MOST_PICTURES = 12;

/** Larger pictures would only make the report large. */
const LONGEST_SIDE = 64;

type Item = PicturesSection['items'][number];

/** What speaks for the answer, stretched over a picture. */
export type Heat = NonNullable<Item['heat']>;

/** Test images with what a classifier said of them. */
export interface JudgedImages extends ImageBytes {
  labels: ArrayLike<number>;
  /** Of each image and class, row after row. */
  probabilities: Float32Array;
  classNames: readonly string[];
}

/** The class that each image was given. */
export function answersOf({ probabilities, classNames }: JudgedImages): Int32Array {
  return highestClasses(probabilities, classNames.length);
}

/** The images that a classifier was surest of while it was wrong; none where it made no mistake. */
export function surestMistakes(images: JudgedImages): number[] {
  const answers = answersOf(images);
  const classes = images.classNames.length;
  const confidence = (index: number): number => images.probabilities[index * classes + answers[index]!]!;
  return Array.from(answers.keys())
    .filter((index) => answers[index] !== images.labels[index])
    .sort((a, b) => confidence(b) - confidence(a))
    .slice(0, MOST_PICTURES);
}

/** For each class the image of it that a classifier was surest of; a class without test images has none. */
export function clearestImages({ labels, probabilities, classNames }: JudgedImages): number[] {
  const classes = classNames.length;
  const best = new Map<number, number>();
  const confidence = (index: number): number => probabilities[index * classes + labels[index]!]!;
  for (let index = 0; index < labels.length; index += 1) {
    const known = best.get(labels[index]!);
    if (known === undefined || confidence(index) > confidence(known)) best.set(labels[index]!, index);
  }
  return [...best]
    .sort(([a], [b]) => a - b)
    .map(([, index]) => index)
    .slice(0, MOST_PICTURES);
}

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
      title: { en: 'Most confident mistakes', tr: 'En emin olunan yanlışlar' },
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
      en: 'The test image of each class that the model is surest of. Beside it, where covering a patch with the mean colour makes the model less sure of its answer (the place speaks for it) or surer (it speaks against it); the fullest colour is the strongest place of the picture.',
      tr: 'Modelin her sınıftan en emin olduğu test görüntüsü. Yanında, ortalama renkle örtülünce modelin yanıtından daha az emin (yanıttan yana) ya da daha emin (yanıta karşı) olduğu yerler; en dolu renk, o görüntünün en güçlü yeridir.',
    },
    items: itemsOf(images, chosen, heat),
  };
}

function itemsOf(images: JudgedImages, chosen: readonly number[], heat: ReadonlyMap<number, Heat>): Item[] {
  const { probabilities, classNames, labels } = images;
  const answers = answersOf(images);
  return chosen.map((index) => {
    const [truth, answer] = [classNames[labels[index]!]!, classNames[answers[index]!]!];
    const confidence = probabilities[index * classNames.length + answers[index]!]!;
    const [en, tr] = [formatPercent(confidence, 'en'), formatPercent(confidence, 'tr')];
    return {
      key: `image_${index}`,
      caption:
        truth === answer
          ? { en: `${truth} (${en})`, tr: `${truth} (${tr})` }
          : { en: `${truth}, taken for ${answer} (${en})`, tr: `${truth}, ${answer} sanıldı (${tr})` },
      ...pictureOf(images, index),
      ...(heat.has(index) && { heat: heat.get(index)! }),
    };
  });
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
  const text = Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
  return { width: columns, height: rows, channels, pixels: btoa(text) };
}
