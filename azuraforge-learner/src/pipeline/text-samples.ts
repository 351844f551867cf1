import { Generator } from 'azuraforge-core';
import type { Tokenizer } from '../data/tokenizer.ts';
import { generateTokens } from '../generation/generate-tokens.ts';
import type { GPT } from '../nn/gpt.ts';
import type { TextSample } from '../report/generation-report.ts';

const PROMPT_TOKENS = 12;
const MADE_TOKENS = 60;
const TEMPERATURE = 0.8;

/** Writes on from the first tokens, as the seed has it. */
export async function textSample(
  model: GPT,
  tokenizer: Tokenizer,
  tokens: Int32Array,
  { seed, signal }: { seed: number; signal?: AbortSignal },
): Promise<TextSample> {
  const prompt = tokens.subarray(0, PROMPT_TOKENS);
  const made = await generateTokens(model, prompt, {
    maxTokens: MADE_TOKENS,
    temperature: TEMPERATURE,
    generator: new Generator(seed),
    signal,
  });
  return { prompt: tokenizer.decode(prompt), text: tokenizer.decode(made) };
}

/** As `textSample`, from several places of a text. */
export function textSamples(
  model: GPT,
  tokenizer: Tokenizer,
  tokens: Int32Array,
  { count, seed, signal }: { count: number; seed: number; signal: AbortSignal },
): Promise<TextSample[]> {
  const starts = Array.from({ length: count }, (_, index) => Math.floor((index * tokens.length) / count));
  return Promise.all(
    starts.map((start, index) =>
      textSample(model, tokenizer, tokens.subarray(start), { seed: seed + index, signal }),
    ),
  );
}
