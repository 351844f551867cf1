import type { Static } from 'typebox';
import { Type } from 'typebox';
import { ArgumentError, DataError, ModelFileError } from '../../error.ts';
import { readStored } from '../stored-state.ts';
import type { Tokenizer } from '../tokenizer.ts';
import { learnMerges, pairKey } from './merges.ts';
import type { Merge } from './merges.ts';
import { NumberQueue } from './number-queue.ts';
import { noSuchToken, requireWellFormed, SpecialTokens } from './special.ts';

const StoredBytePairs = Type.Object({
  kind: Type.Literal('byte_pair'),
  merges: Type.Array(Type.Tuple([Type.Integer({ minimum: 0 }), Type.Integer({ minimum: 0 })])),
  special: Type.Array(Type.String(), { uniqueItems: true }),
});

export type BytePairState = Static<typeof StoredBytePairs>;

const BYTES = 256;
/** More bytes than a word has. */
const PLACES = 2 ** 27;
/** In place of a token that was joined to the one before it; no pair holds it. */
const GONE = -1;
/** Words that `encode` remembers; texts repeat few of them very often. */
const REMEMBERED = 50_000;
/** No merge crosses these: a word with the space before it, a number, punctuation, space. Together they are the whole text. */
const WORDS = / ?\p{L}[\p{L}\p{M}]*| ?\p{N}{1,3}| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+/gu;

/**
 * Byte-pair encoding over UTF-8 bytes (Sennrich et al., 2016, with bytes as in GPT-2): the first 256 tokens are the bytes,
 * each further one joins two. Any text can be encoded, and comes back exactly.
 */
export class BytePairTokenizer implements Tokenizer {
  readonly size: number;
  readonly #merges: readonly Merge[];
  /** The token that a pair becomes; the lower, the earlier it was learned. */
  readonly #joined: ReadonlyMap<number, number>;
  readonly #bytes: readonly Uint8Array[];
  readonly #special: SpecialTokens;
  readonly #remembered = new Map<string, readonly number[]>();

  /** Use `train` or `readTokenizer`. Throws ModelFileError for a merge of tokens that come after it. */
  constructor({ merges, special }: Pick<BytePairState, 'merges' | 'special'>) {
    const bytes = Array.from({ length: BYTES }, (_, byte) => Uint8Array.of(byte));
    for (const [place, [left, right]] of merges.entries()) {
      const [first, second] = [bytes[left], bytes[right]];
      if (!first || !second) {
        throw new ModelFileError(
          `The saved tokenizer is damaged at merges.${place}: it joins ${left} and ${right}, but there are ${bytes.length} tokens by then. Save it again.`,
        );
      }
      bytes.push(Uint8Array.of(...first, ...second));
    }
    this.#merges = merges;
    this.#bytes = bytes;
    this.#joined = new Map(merges.map(([left, right], place) => [pairKey(left, right), BYTES + place]));
    this.#special = new SpecialTokens(special, bytes.length);
    this.size = bytes.length + special.length;
  }

  /**
   * Learns merges until there are `size` tokens, special ones included, or no pair comes twice. Of pairs that come
   * equally often, the one with the lower numbers is joined first, so the same text always gives the same tokenizer.
   * Throws DataError for an empty text, ArgumentError for a size below 256 and the special tokens.
   */
  static train(
    text: string,
    { size, special = [] }: { size: number; special?: readonly string[] },
  ): BytePairTokenizer {
    const merges = size - BYTES - special.length;
    if (!Number.isSafeInteger(merges) || merges < 0) {
      throw new ArgumentError(
        `size is ${size}; it must be a whole number from ${BYTES + special.length} up, for the bytes and the special tokens.`,
      );
    }
    requireWellFormed(text);
    if (text === '') throw new DataError('The training text is empty; give it at least one word.');
    return new BytePairTokenizer({ merges: learnMerges(countWords(text), merges), special: [...special] });
  }

  get state(): BytePairState {
    return {
      kind: 'byte_pair',
      merges: this.#merges.map(([left, right]) => [left, right]),
      special: [...this.#special.names],
    };
  }

  encode(text: string): Int32Array {
    requireWellFormed(text);
    const tokens: number[] = [];
    for (const [word] of text.matchAll(WORDS)) {
      let known = this.#remembered.get(word);
      if (!known) {
        known = this.#encodeWord(word);
        if (this.#remembered.size >= REMEMBERED) this.#remembered.clear();
        this.#remembered.set(word, known);
      }
      for (const token of known) tokens.push(token);
    }
    return Int32Array.from(tokens);
  }

  decode(tokens: ArrayLike<number>): string {
    const parts: Uint8Array[] = [];
    let length = 0;
    for (let position = 0; position < tokens.length; position += 1) {
      const token = tokens[position]!;
      if (this.#special.has(token)) continue;
      const bytes = this.#bytes[token];
      if (!bytes) throw noSuchToken(token, this.size);
      parts.push(bytes);
      length += bytes.length;
    }
    const all = new Uint8Array(length);
    let filled = 0;
    for (const bytes of parts) {
      all.set(bytes, filled);
      filled += bytes.length;
    }
    return new TextDecoder('utf-8', { ignoreBOM: true }).decode(all);
  }

  special(name: string): number {
    return this.#special.number(name);
  }

  /** Joins the pair that was learned first, the leftmost of equals, until no known pair is left. */
  #encodeWord(word: string): readonly number[] {
    const tokens = [...new TextEncoder().encode(word)];
    // Where the token before and the one after each stand; a joined pair stands where its left token did.
    const before = tokens.map((_, at) => at - 1);
    const after = tokens.map((_, at) => at + 1);
    const joinedAt = (at: number): number | undefined =>
      at >= 0 && after[at]! < tokens.length
        ? this.#joined.get(pairKey(tokens[at]!, tokens[after[at]!]!))
        : undefined;
    const queue = new NumberQueue();
    const offer = (at: number): void => {
      const joined = joinedAt(at);
      if (joined !== undefined) queue.push(joined * PLACES + at);
    };
    for (const at of tokens.keys()) offer(at);
    for (let first = queue.pop(); first !== undefined; first = queue.pop()) {
      const [joined, at] = [Math.floor(first / PLACES), first % PLACES];
      // Since it was offered, one of both may have been joined with another.
      if (joinedAt(at) !== joined) continue;
      const right = after[at]!;
      tokens[at] = joined;
      tokens[right] = GONE;
      after[at] = after[right]!;
      if (after[at]! < tokens.length) before[after[at]!] = at;
      offer(before[at]!);
      offer(at);
    }
    return tokens.filter((token) => token !== GONE);
  }
}

function countWords(text: string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const [word] of text.matchAll(WORDS)) counts.set(word, (counts.get(word) ?? 0) + 1);
  return counts;
}

/** Throws ModelFileError where the state is damaged. */
export function readBytePairs(state: unknown): BytePairTokenizer {
  return new BytePairTokenizer(readStored('tokenizer', StoredBytePairs, state));
}
