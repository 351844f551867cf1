import { DataError } from '../error.ts';
import { checkClasses, checkFinite, checkScoreRows } from './pairs.ts';

/**
 * e to the mean cross-entropy of the right tokens: among how many equally likely tokens the model was undecided.
 * `logits` is `[tokens, vocabulary]`, row after row; targets equal to `ignoreIndex` (padding) do not count.
 * Infinity where the mean is too large for a number. Throws DataError where no target counts.
 */
export function perplexity(
  logits: ArrayLike<number>,
  targets: ArrayLike<number>,
  { vocabularySize, ignoreIndex = -100 }: { vocabularySize: number; ignoreIndex?: number },
): number {
  checkScoreRows('perplexity()', logits, targets, vocabularySize);
  checkFinite('perplexity()', 'Logit', logits);
  const counted = Array.from({ length: targets.length }, (_, row) => row).filter(
    (row) => targets[row] !== ignoreIndex,
  );
  if (counted.length === 0) {
    throw new DataError('perplexity(): every target is ignored, so there is nothing to score.');
  }
  checkClasses(
    'perplexity()',
    'Target',
    counted.map((row) => targets[row]!),
    vocabularySize,
  );
  let loss = 0;
  for (const row of counted) {
    loss +=
      logSumExp(logits, row * vocabularySize, vocabularySize) - logits[row * vocabularySize + targets[row]!]!;
  }
  return Math.exp(loss / counted.length);
}

function logSumExp(values: ArrayLike<number>, start: number, count: number): number {
  let highest = Number.NEGATIVE_INFINITY;
  for (let index = start; index < start + count; index += 1) highest = Math.max(highest, values[index]!);
  let sum = 0;
  for (let index = start; index < start + count; index += 1) sum += Math.exp(values[index]! - highest);
  return highest + Math.log(sum);
}
