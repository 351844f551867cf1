import { readBytePairs } from './tokenizer/byte-pair.ts';
import type { BytePairState } from './tokenizer/byte-pair.ts';
import { readCharacters } from './tokenizer/character.ts';
import type { CharacterState } from './tokenizer/character.ts';

/** Turns text into token numbers and back; `decode(encode(text))` is `text`. */
export interface Tokenizer {
  /** How many tokens there are: the rows of an Embedding. */
  readonly size: number;
  /** As JSON, for the `preprocessing` of model.json; see `readTokenizer`. */
  readonly state: TokenizerState;
  /** Throws DataError for text that is not well-formed Unicode (half of a surrogate pair). */
  encode(text: string): Int32Array;
  /**
   * Special tokens give nothing. Tokens that stop within a character give U+FFFD, as they may where a model made them.
   * Throws DataError for a number that is no token.
   */
  decode(tokens: ArrayLike<number>): string;
  /** The number of a special token. Throws DataError with the names that exist. */
  special(name: string): number;
}

export type TokenizerState = BytePairState | CharacterState;

/** The tokenizer that `state` was saved from. Throws ModelFileError where it is damaged. */
export function readTokenizer(state: unknown): Tokenizer {
  const isCharacters = (state as Partial<TokenizerState> | null)?.kind === 'character';
  return isCharacters ? readCharacters(state) : readBytePairs(state);
}
