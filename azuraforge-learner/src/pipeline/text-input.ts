import type { Tokenizer } from '../data/tokenizer.ts';
import type { FieldProblem } from '../error.ts';
import { DataError } from '../error.ts';
import type { JsonSchema, RowsInput } from '../pipeline.ts';
import { answerableRows } from './class-answer.ts';
import { refuseInput } from './prediction-input.ts';
import { schemaProblems } from './schema-check.ts';
import type { TextState } from './text-state.ts';

/** More would only make one request long. */
const MAX_TEXTS = 1000;
const MAX_CHARACTERS = 1_000_000;

/** JSON Schema of what one model is asked: texts, of which it reads `window` tokens. */
export function textInputSchema({ window, classNames }: TextState): JsonSchema {
  return {
    type: 'object',
    additionalProperties: false,
    required: ['rows'],
    properties: {
      rows: {
        type: 'array',
        minItems: 1,
        maxItems: answerableRows(classNames, MAX_TEXTS),
        title: 'Texts',
        description: `Each text gets an answer. The model reads its first ${window} tokens.`,
        'x-i18n': {
          tr: {
            title: 'Metinler',
            description: `Her metne bir yanıt verilir. Model ilk ${window} birimini okur.`,
          },
        },
        items: {
          type: 'object',
          additionalProperties: false,
          required: ['text'],
          properties: {
            text: {
              type: 'string',
              minLength: 1,
              maxLength: MAX_CHARACTERS,
              title: 'Text',
              'x-i18n': { tr: { title: 'Metin' } },
            },
          },
        },
      },
    },
  };
}

/** The texts that were sent, as tokens. Throws PredictionInputError whose details name every wrong field. */
export function readTextInput(input: RowsInput, state: TextState): Int32Array[] {
  refuseInput(schemaProblems(textInputSchema(state), input));
  const problems: FieldProblem[] = [];
  const texts = input.rows.map((row, index) => {
    const found = tokensOf(row['text'] as string, state.tokenizer);
    if (typeof found !== 'string') return found;
    problems.push({ path: `rows.${index}.text`, message: found, keyword: 'text' });
    return new Int32Array();
  });
  refuseInput(problems);
  return texts;
}

/** The tokens, or what is wrong with the text. */
function tokensOf(text: string, tokenizer: Tokenizer): Int32Array | string {
  if (text.trim() === '') return 'Must have at least one word.';
  try {
    return tokenizer.encode(text);
  } catch (error) {
    if (error instanceof DataError) return error.message;
    throw error;
  }
}
