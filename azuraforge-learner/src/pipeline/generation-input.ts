import type { Tokenizer } from '../data/tokenizer.ts';
import { DataError } from '../error.ts';
import type { GenerationInput, JsonSchema } from '../pipeline.ts';
import { refuseInput } from './prediction-input.ts';
import type { SamplingWords } from './sampling-fields.ts';
import { drawSeed, MAX_SEED, samplingFields } from './sampling-fields.ts';
import { schemaProblems } from './schema-check.ts';

/** More would only make one request long. */
const MAX_TOKENS = 2000;
const MAX_PROMPT = 100_000;

const DEFAULTS = { max_tokens: 100, temperature: 0.8, top_k: 0, top_p: 1 };

const WORDS: SamplingWords = {
  drawn: { en: 'tokens', tr: 'birim' },
  made: { en: 'text', tr: 'metni' },
  temperature: {
    en: 'Below 1 more predictable, above 1 less; 0 always takes the likeliest token.',
    tr: "1'in altında daha öngörülebilir, üstünde daha az; 0 hep en olası birimi seçer.",
  },
};

/** JSON Schema of `GenerationInput` for a model that sees `window` tokens. */
export function generationInputSchema(window: number): JsonSchema {
  return {
    type: 'object',
    additionalProperties: false,
    required: ['prompt'],
    properties: {
      prompt: {
        type: 'string',
        minLength: 1,
        maxLength: MAX_PROMPT,
        title: 'Prompt',
        description: `The text to go on from; the model sees its last ${window} tokens.`,
        'x-i18n': {
          tr: {
            title: 'Başlangıç metni',
            description: `Devamı yazılacak metin; model bunun son ${window} birimini görür.`,
          },
        },
      },
      max_tokens: {
        type: 'integer',
        minimum: 1,
        maximum: MAX_TOKENS,
        default: DEFAULTS.max_tokens,
        title: 'Tokens',
        description: 'How many tokens to add.',
        'x-i18n': { tr: { title: 'Birim sayısı', description: 'Kaç birim ekleneceği.' } },
      },
      ...samplingFields(WORDS, { maxTopK: 100_000, defaults: DEFAULTS }),
    },
  };
}

/** JSON Schema of a `TextPrediction`. */
export function generationSchema(): JsonSchema {
  const count = { type: 'integer', minimum: 0 };
  return {
    type: 'object',
    required: ['pipeline_id', 'prompt', 'text', 'tokens', 'prompt_tokens', 'cut_tokens', 'seed'],
    properties: {
      pipeline_id: { type: 'string' },
      prompt: { type: 'string' },
      text: { type: 'string' },
      tokens: { type: 'integer', minimum: 1, maximum: MAX_TOKENS },
      prompt_tokens: { type: 'integer', minimum: 1 },
      cut_tokens: count,
      seed: { ...count, maximum: MAX_SEED },
    },
  };
}

/** The input with its defaults, and the prompt as tokens. Throws PredictionInputError whose details name every wrong field. */
export function readGenerationInput(
  input: GenerationInput,
  tokenizer: Tokenizer,
  window: number,
): Required<GenerationInput> & { tokens: Int32Array } {
  refuseInput(schemaProblems(generationInputSchema(window), input));
  const { prompt, seed = drawSeed() } = input;
  return { ...DEFAULTS, ...input, seed, tokens: promptTokens(prompt, tokenizer) };
}

/** Spaces may be a prompt. */
function promptTokens(prompt: string, tokenizer: Tokenizer): Int32Array {
  try {
    return tokenizer.encode(prompt);
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    refuseInput([{ path: 'prompt', message: error.message, keyword: 'text' }]);
    throw error;
  }
}
