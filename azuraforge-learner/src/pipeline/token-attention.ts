import { fromTypedArray } from 'azuraforge-core';
import type { Tokenizer } from '../data/tokenizer.ts';
import { attentionMaps } from '../explain/attention-maps.ts';
import type { GPT } from '../nn/gpt.ts';
import type { TokenAttention } from '../report/attention.ts';

/** Tokens that are shown; a chart has room for as many labels. */
const MOST_TOKENS = 16;

/** What a model looks at while it reads the first tokens. Costs one forward pass. */
export async function tokenAttention(
  model: GPT,
  tokenizer: Tokenizer,
  tokens: Int32Array,
): Promise<TokenAttention> {
  const shown = tokens.slice(0, Math.min(MOST_TOKENS, model.position.maxLength));
  const input = fromTypedArray(shown, [1, shown.length]);
  try {
    const maps = await attentionMaps(model, input);
    const values = maps[0]!.mean.values.map(
      (_, at) => maps.reduce((sum, { mean }) => sum + mean.values[at]!, 0) / maps.length,
    );
    return {
      tokens: Array.from(shown, (token) => tokenizer.decode([token])),
      map: { shape: [shown.length, shown.length], values },
    };
  } finally {
    input.dispose();
  }
}
