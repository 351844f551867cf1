/** Two tokens that become one. */
export type Merge = [left: number, right: number];

interface Pair {
  left: number;
  right: number;
  count: number;
  /** Words that may hold the pair; some no longer do. */
  words: Set<number>;
}

const BYTES = 256;

/**
 * The most frequent pairs of neighbouring tokens, each counted after the ones before it were joined. `words` says how
 * often each word occurs; pairs do not reach from one word to the next. Ends early when no pair comes twice.
 */
export function learnMerges(words: ReadonlyMap<string, number>, limit: number): Merge[] {
  const encoder = new TextEncoder();
  const tokens = [...words.keys()].map((word) => [...encoder.encode(word)]);
  const pairs = new PairCounts([...words.values()]);
  for (const [word, list] of tokens.entries()) pairs.add(word, list, 1);
  const merges: Merge[] = [];
  while (merges.length < limit) {
    const pair = pairs.mostFrequent();
    if (!pair || pair.count < 2) break;
    const joined = BYTES + merges.length;
    for (const word of pair.words) {
      const before = tokens[word]!;
      const after = joinPair(before, [pair.left, pair.right], joined);
      if (after.length === before.length) continue;
      pairs.add(word, before, -1);
      pairs.add(word, after, 1);
      tokens[word] = after;
    }
    pairs.remove(pair);
    merges.push([pair.left, pair.right]);
  }
  return merges;
}

/** The tokens with `joined` in place of each pair, from left to right. */
export function joinPair(tokens: readonly number[], [left, right]: Merge, joined: number): number[] {
  const result: number[] = [];
  for (let position = 0; position < tokens.length; position += 1) {
    const isPair = tokens[position] === left && tokens[position + 1] === right;
    result.push(isPair ? joined : tokens[position]!);
    if (isPair) position += 1;
  }
  return result;
}

/** One number for two tokens, of which there are far fewer than 2²⁶. */
export function pairKey(left: number, right: number): number {
  return left * 2 ** 26 + right;
}

/** How often each pair of neighbours occurs, kept up to date while words change. */
class PairCounts {
  readonly #counts: readonly number[];
  readonly #pairs = new Map<number, Pair>();

  /** `counts` tells how often each word occurs. */
  constructor(counts: readonly number[]) {
    this.#counts = counts;
  }

  /** Counts the pairs of a word, or takes them back with a sign of -1. */
  add(word: number, tokens: readonly number[], sign: 1 | -1): void {
    const count = sign * this.#counts[word]!;
    for (let position = 1; position < tokens.length; position += 1) {
      const [left, right] = [tokens[position - 1]!, tokens[position]!];
      const key = pairKey(left, right);
      let pair = this.#pairs.get(key);
      if (!pair) {
        pair = { left, right, count: 0, words: new Set() };
        this.#pairs.set(key, pair);
      }
      pair.count += count;
      if (sign === 1) pair.words.add(word);
    }
  }

  remove({ left, right }: Pair): void {
    this.#pairs.delete(pairKey(left, right));
  }

  mostFrequent(): Pair | null {
    let best: Pair | null = null;
    for (const pair of this.#pairs.values()) if (!best || comesFirst(pair, best)) best = pair;
    return best;
  }
}

function comesFirst(pair: Pair, other: Pair): boolean {
  if (pair.count !== other.count) return pair.count > other.count;
  return pair.left === other.left ? pair.right < other.right : pair.left < other.left;
}
