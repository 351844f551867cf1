import type { Tokenizer } from '../data/tokenizer.ts';
import type { FeatureValue } from '../explain.ts';
import type { JudgedSamples } from '../report/judged.ts';
import { answersOf, clearestSamples, surestMistakes } from '../report/judged.ts';
import type { WordEvidence } from '../report/words.ts';
import type { InputSource } from '../trainer/dataset.ts';
import { predictInBatches } from '../trainer/evaluation.ts';
import type { Tested } from './learning-pipeline.ts';
import { logOdds } from './log-odds.ts';

/** Classes whose clearest text is explained; more would make the report long. */
const MOST_CLASSES = 4;

/** Different words of one text that are covered, from its start. */
const MOST_WORDS = 48;

const BATCH = 64;

/** Test texts as a classifier reads them. */
export interface ReadTexts {
  tokens: readonly Int32Array[];
  /** Tokens of a text that are read. */
  window: number;
  tokenizer: Tokenizer;
  /** The token that stands for nothing. */
  cover: number;
  /** Inputs of the model for changed tokens of the sample `index`. */
  sourceOf(tokens: readonly Int32Array[], index: number): InputSource;
}

/**
 * Which words speak for the model's answer to the clearest test text of each class and to its surest mistake: how far the
 * log-odds of that class fall when a word is covered wherever it stands, so that the others keep their places. Costs at
 * most 245 forward passes. Ends with CancelledError when the signal aborts.
 */
export async function wordEvidence(
  { model, signal }: Tested,
  judged: JudgedSamples,
  { tokens, window, tokenizer, cover, sourceOf }: ReadTexts,
): Promise<WordEvidence[]> {
  const answers = answersOf(judged);
  const chosen = [...clearestSamples(judged).slice(0, MOST_CLASSES), ...surestMistakes(judged).slice(0, 1)];
  const found: WordEvidence[] = [];
  for (const index of new Set(chosen)) {
    const read = tokens[index]!.slice(0, window);
    const wordOf = wordsOf(read, tokenizer);
    const words = [...new Set(wordOf)].filter((word) => word.trim() !== '').slice(0, MOST_WORDS);
    if (words.length === 0) continue;
    const covered = words.map((word) => read.map((token, at) => (wordOf[at] === word ? cover : token)));
    const source = sourceOf([read, ...covered], index);
    const logits = await predictInBatches(model, source, { batchSize: BATCH, signal });
    const [whole, ...rest] = logOdds(logits, answers[index]!).data;
    const effects = words.map((name, at): FeatureValue => ({ name, value: whole! - rest[at]!, error: null }));
    found.push({ index, text: tokenizer.decode(read), words: effects });
  }
  return found;
}

/** The word, in any script, or the punctuation or space in which each token ends. */
function wordsOf(tokens: Int32Array, tokenizer: Tokenizer): string[] {
  const pieces = new Intl.Segmenter('en', { granularity: 'word' }).segment(tokenizer.decode(tokens));
  return Array.from(tokens, (_, at) => {
    const end = tokenizer.decode(tokens.subarray(0, at + 1)).length;
    return pieces.containing(end - 1)?.segment ?? '';
  });
}
