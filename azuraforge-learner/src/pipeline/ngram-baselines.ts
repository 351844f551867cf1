import { KneserNey } from '../baseline/kneser-ney.ts';

/** What a baseline loses on the tokens that the model is judged on, in nats. */
export interface NgramLosses {
  /** Mean over the validation part. */
  validation: number;
  /** Of each token of the test part. */
  test: Float64Array;
}

/**
 * Frequencies of tokens and trigrams, with the best smoothing and with discounts that are tuned on the validation part,
 * as the best epoch of the model is chosen on it.
 */
export async function ngramBaselines(
  parts: Record<'train' | 'validation' | 'test', Int32Array>,
  { vocabularySize, window, signal }: { vocabularySize: number; window: number; signal: AbortSignal },
): Promise<Record<'unigram' | 'trigram', NgramLosses>> {
  const lossesOf = async (order: number): Promise<NgramLosses> => {
    const counted = KneserNey.fit(parts.train, { order, vocabularySize });
    const ngrams = await counted.tuned(parts.validation, signal);
    const judged = (tokens: Int32Array): Float64Array =>
      ngrams.losses(tokens).subarray(1, 1 + judgedTokens(tokens, window));
    const validation = judged(parts.validation);
    return {
      validation: validation.reduce((sum, loss) => sum + loss, 0) / validation.length,
      test: judged(parts.test),
    };
  };
  return { unigram: await lossesOf(1), trigram: await lossesOf(3) };
}

/** How many tokens, from the second on, fill whole windows. */
export function judgedTokens({ length }: Int32Array, window: number): number {
  return window * Math.floor((length - 1) / window);
}
