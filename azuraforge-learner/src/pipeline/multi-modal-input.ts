import type { ImageBytes } from '../data/image-dataset.ts';
import type { FieldProblem } from '../error.ts';
import { DataError } from '../error.ts';
import type { JsonSchema, RowsInput } from '../pipeline.ts';
import type { ImageRow } from './image-input.ts';
import { imageFields, MAX_IMAGES, readPixels } from './image-input.ts';
import type { MultiModalState } from './multi-modal-state.ts';
import { refuseInput } from './prediction-input.ts';
import { schemaProblems } from './schema-check.ts';

/** Far more than a model reads of a text. */
const MAX_CHARACTERS = 100_000;

interface PairRow extends ImageRow {
  text?: string;
}

/** The rows that were sent, as the model takes them; what a row lacks is hidden. */
export interface PairInput {
  tokens: Int32Array[];
  images: ImageBytes;
  hidden: ('text' | 'image' | null)[];
}

/** JSON Schema of what one model is asked: a text and an image, or one of both. */
export function multiModalInputSchema({ images }: MultiModalState): JsonSchema {
  const { height, width } = images;
  return {
    type: 'object',
    additionalProperties: false,
    required: ['rows'],
    properties: {
      rows: {
        type: 'array',
        minItems: 1,
        maxItems: MAX_IMAGES,
        title: 'Texts and images',
        description: `A text and an image of ${width} × ${height} pixels, as a file or as pixels; either may be left out.`,
        'x-i18n': {
          tr: {
            title: 'Metinler ve görüntüler',
            description: `Bir metin ve dosya ya da pikseller olarak ${width} × ${height} piksellik bir görüntü; ikisinden biri verilmeyebilir.`,
          },
        },
        items: {
          type: 'object',
          additionalProperties: false,
          minProperties: 1,
          properties: {
            ...imageFields(images),
            text: {
              type: 'string',
              minLength: 1,
              maxLength: MAX_CHARACTERS,
              title: 'Text',
              description: 'What is written beside the image.',
              'x-i18n': { tr: { title: 'Metin', description: 'Görüntünün yanında yazan.' } },
            },
          },
        },
      },
    },
  };
}

/** Throws PredictionInputError whose details name every wrong field. */
export async function readMultiModalInput(input: RowsInput, state: MultiModalState): Promise<PairInput> {
  refuseInput(schemaProblems(multiModalInputSchema(state), input));
  const { channels, height, width } = state.images;
  const size = channels * height * width;
  const rows = input.rows as PairRow[];
  const pixels = new Uint8Array(rows.length * size);
  const tokens: Int32Array[] = [];
  const problems: FieldProblem[] = [];
  for (const [index, { text, ...row }] of rows.entries()) {
    const at = (field: string, message: string): FieldProblem => {
      return { path: `rows.${index}${field}`, message, keyword: 'pair' };
    };
    if (row.image !== undefined && row.pixels !== undefined) {
      problems.push(at('', 'Give the image as a file or as pixels, not both.'));
      continue;
    }
    const words = text === undefined ? state.tokenizer.special('blank') : wordsOf(text, state);
    if (typeof words === 'string') problems.push(at('.text', words));
    else tokens.push(typeof words === 'number' ? Int32Array.of(words) : words);
    const found = Object.keys(row).length > 0 ? await readPixels(row, state.images) : new Uint8Array(size);
    if (typeof found === 'string') problems.push(at('.image', found));
    else pixels.set(found, index * size);
  }
  refuseInput(problems);
  return {
    tokens,
    images: { pixels, shape: [rows.length, channels, height, width] },
    hidden: rows.map(({ text, image, pixels: bytes }) => {
      if (text === undefined) return 'text';
      return image === undefined && bytes === undefined ? 'image' : null;
    }),
  };
}

/** The tokens, or what is wrong with the text. */
function wordsOf(text: string, { tokenizer }: MultiModalState): Int32Array | string {
  try {
    return tokenizer.encode(text);
  } catch (error) {
    if (error instanceof DataError) return error.message;
    throw error;
  }
}
