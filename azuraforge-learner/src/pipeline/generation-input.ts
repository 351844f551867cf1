import type { Tokenizer } from '../data/tokenizer.ts';
import { DataError } from '../error.ts';
import type { GenerationInput, JsonSchema } from '../pipeline.ts';
import { refuseInput } from './prediction-input.ts';
import { schemaProblems } from './schema-check.ts';

/** More would only make one request long. */
const MAX_TOKENS = 2000;
const MAX_PROMPT = 100_000;
const MAX_SEED = 2_147_483_647;

const DEFAULTS = { max_tokens: 100, temperature: 0.8, top_k: 0, top_p: 1 };

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
      temperature: {
        type: 'number',
        minimum: 0,
        maximum: 5,
        default: DEFAULTS.temperature,
        title: 'Temperature',
        description: 'Below 1 more predictable, above 1 less; 0 always takes the likeliest token.',
        'x-i18n': {
          tr: {
            title: 'Sıcaklık',
            description: "1'in altında daha öngörülebilir, üstünde daha az; 0 hep en olası birimi seçer.",
          },
        },
      },
      top_k: {
        type: 'integer',
        minimum: 0,
        maximum: 100_000,
        default: DEFAULTS.top_k,
        title: 'Top k',
        description: 'Chooses among so many of the likeliest tokens; 0 for all.',
        'x-i18n': {
          tr: {
            title: 'En olası k',
            description: 'En olası şu kadar birim arasından seçer; 0 hepsi demektir.',
          },
        },
      },
      top_p: {
        type: 'number',
        exclusiveMinimum: 0,
        maximum: 1,
        default: DEFAULTS.top_p,
        title: 'Top p',
        description: 'Chooses among the likeliest tokens that together reach this probability.',
        'x-i18n': {
          tr: {
            title: 'Toplam olasılık p',
            description: 'Birlikte bu olasılığa ulaşan en olası birimler arasından seçer.',
          },
        },
      },
      seed: {
        type: 'integer',
        minimum: 0,
        maximum: MAX_SEED,
        title: 'Seed',
        description: 'The same seed and input give the same text; drawn by chance when left out.',
        'x-i18n': {
          tr: {
            title: 'Tohum',
            description: 'Aynı tohum ve girdi aynı metni verir; verilmezse rastgele seçilir.',
          },
        },
      },
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

function drawSeed(): number {
  return globalThis.crypto.getRandomValues(new Uint32Array(1))[0]! % (MAX_SEED + 1);
}
