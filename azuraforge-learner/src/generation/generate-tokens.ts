import { fromTypedArray, noGrad, tidy } from 'azuraforge-core';
import type { Generator } from 'azuraforge-core';
import { checkCount } from '../argument.ts';
import { ArgumentError } from '../error.ts';
import { KeyValueCache } from '../nn/attention/key-value-cache.ts';
import type { GPT } from '../nn/gpt.ts';
import { Pace } from '../trainer/pace.ts';
import { checkSampling, drawToken, tokenProbabilities } from './next-token.ts';
import type { SamplingOptions } from './next-token.ts';

export interface GenerationOptions extends SamplingOptions {
  maxTokens: number;
  /** Draws the tokens: the same one, from the same state, gives the same tokens. */
  generator: Generator;
  signal?: AbortSignal;
}

/**
 * The tokens that follow `prompt`, drawn one after the other; the model must be in eval mode. It sees the last `maxLength`
 * tokens; whenever those are full, it goes on from the newer half of them, so that most tokens cost one step's work.
 * Throws ArgumentError for an empty prompt or an option out of range, CancelledError when the signal is aborted.
 */
export async function generateTokens(
  model: GPT,
  prompt: ArrayLike<number>,
  { maxTokens, generator, signal, ...sampling }: GenerationOptions,
): Promise<Int32Array> {
  checkCount('maxTokens', maxTokens);
  checkSampling(sampling);
  if (prompt.length === 0) throw new ArgumentError('The prompt has no tokens; give at least one.');
  const context = model.position.maxLength;
  const tokens = Array.from(prompt);
  const cache = new KeyValueCache();
  const pace = new Pace(signal);
  let unseen = tokens.slice(-context);
  try {
    while (tokens.length < prompt.length + maxTokens) {
      pace.check();
      if (cache.length + unseen.length > context) {
        cache.dispose();
        unseen = tokens.slice(-Math.ceil(context / 2));
      }
      const logits = await nextLogits(model, unseen, cache);
      const token = drawToken(tokenProbabilities(logits, sampling), generator);
      tokens.push(token);
      unseen = [token];
      await pace.breathe();
    }
  } finally {
    cache.dispose();
  }
  return Int32Array.from(tokens.slice(prompt.length));
}

/** Of the token after `unseen`, which follow what the cache remembers. */
async function nextLogits(
  model: GPT,
  unseen: readonly number[],
  cache: KeyValueCache,
): Promise<Float32Array> {
  const logits = tidy(() =>
    noGrad(() => {
      const input = fromTypedArray(Int32Array.from(unseen), [1, unseen.length]);
      return model.forward(input, { cache }).select(1, -1).contiguous();
    }),
  );
  try {
    return (await logits.data()) as Float32Array;
  } finally {
    logits.dispose();
  }
}
