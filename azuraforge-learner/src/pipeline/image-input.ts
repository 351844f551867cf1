import type { ImageBytes } from '../data/image-dataset.ts';
import type { FieldProblem } from '../error.ts';
import type { JsonSchema, RowsInput } from '../pipeline.ts';
import { fromBase64 } from './base64.ts';
import type { ImageState } from './image-state.ts';
import { refuseInput } from './prediction-input.ts';
import { schemaProblems } from './schema-check.ts';

/** More would only make one request long. */
export const MAX_IMAGES = 256;

/** Characters of base64 around an image file; far more than an image of a classifier's size needs. */
const MAX_BASE64 = 8_000_000;

export interface ImageRow {
  image?: string;
  pixels?: number[];
}

/** JSON Schema of what one model is asked: images as files in base64, or as bare pixels. */
export function imageInputSchema(state: ImageState): JsonSchema {
  const { height, width } = state;
  return {
    type: 'object',
    additionalProperties: false,
    required: ['rows'],
    properties: {
      rows: {
        type: 'array',
        minItems: 1,
        maxItems: MAX_IMAGES,
        title: 'Images',
        description: `Images of ${width} × ${height} pixels, each as a file or as pixels.`,
        'x-i18n': {
          tr: {
            title: 'Görüntüler',
            description: `${width} × ${height} piksellik görüntüler; her biri dosya ya da pikseller olarak.`,
          },
        },
        items: {
          type: 'object',
          additionalProperties: false,
          minProperties: 1,
          maxProperties: 1,
          properties: {
            ...imageFields(state),
          },
        },
      },
    },
  };
}

/** The ways in which a row may hold its image. */
export function imageFields({ channels, height, width }: ImageState): Record<string, JsonSchema> {
  const pixels = channels * height * width;
  return {
    ...((channels === 1 || channels === 3) && {
      image: {
        type: 'string',
        maxLength: MAX_BASE64,
        contentEncoding: 'base64',
        title: 'Image file',
        description: 'A PNG or JPEG file in base64, with or without "data:image/…;base64," before it.',
        'x-i18n': {
          tr: {
            title: 'Görüntü dosyası',
            description: 'Base64 olarak PNG ya da JPEG dosyası; başında "data:image/…;base64," olabilir.',
          },
        },
      },
    }),
    pixels: {
      type: 'array',
      minItems: pixels,
      maxItems: pixels,
      items: { type: 'integer', minimum: 0, maximum: 255 },
      title: 'Pixels',
      description: `${channels} × ${height} × ${width} values from 0 to 255: channel after channel, row after row.`,
      'x-i18n': {
        tr: {
          title: 'Pikseller',
          description: `0 ile 255 arasında ${channels} × ${height} × ${width} değer: kanal kanal, satır satır.`,
        },
      },
    },
  };
}

/** The images that were sent. Throws PredictionInputError whose details name every wrong field. */
export async function readImageInput(input: RowsInput, state: ImageState): Promise<ImageBytes> {
  refuseInput(schemaProblems(imageInputSchema(state), input));
  const { channels, height, width } = state;
  const size = channels * height * width;
  const rows = input.rows as ImageRow[];
  const pixels = new Uint8Array(rows.length * size);
  const problems: FieldProblem[] = [];
  for (const [index, row] of rows.entries()) {
    const found = await readPixels(row, state);
    if (typeof found === 'string')
      problems.push({ path: `rows.${index}.image`, message: found, keyword: 'image' });
    else pixels.set(found, index * size);
  }
  refuseInput(problems);
  return { pixels, shape: [rows.length, channels, height, width] };
}

/** The pixels of the image that a row holds, or what is wrong with its file. */
export async function readPixels(row: ImageRow, state: ImageState): Promise<ArrayLike<number> | string> {
  return row.pixels ?? (await decodeFile(row.image!, state));
}

async function decodeFile(
  text: string,
  { channels, height, width }: ImageState,
): Promise<Uint8Array | string> {
  const bytes = fromBase64(text.replace(/^data:image\/[\w.+-]+;base64,/, ''));
  if (!bytes) return 'Must be base64.';
  // Loaded only now: most programs that train or predict read no image files.
  const { decodeImage } = await import('../data/image-decoder.ts');
  try {
    return decodeImage(bytes, channels as 1 | 3, { height, width }).pixels;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return `Must be a PNG or JPEG file of ${width} × ${height} pixels: ${reason}`;
  }
}
