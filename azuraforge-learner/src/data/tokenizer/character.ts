import type { Static } from 'typebox';
import { Type } from 'typebox';
import { DataError } from '../../error.ts';
import { readStored } from '../stored-state.ts';
import type { Tokenizer } from '../tokenizer.ts';
import { noSuchToken, requireWellFormed, SpecialTokens } from './special.ts';

const StoredCharacters = Type.Object({
  kind: Type.Literal('character'),
  characters: Type.Array(Type.String({ minLength: 1 }), { minItems: 1, uniqueItems: true }),
  byte_fallback: Type.Boolean(),
  special: Type.Array(Type.String(), { uniqueItems: true }),
});

export type CharacterState = Static<typeof StoredCharacters>;

const BYTES = 256;

/** One token for each character (code point) of the training text. */
export class CharacterTokenizer implements Tokenizer {
  readonly size: number;
  readonly #characters: readonly string[];
  readonly #numbers: ReadonlyMap<string, number>;
  readonly #byteFallback: boolean;
  readonly #special: SpecialTokens;

  /** Use `train` or `readTokenizer`. */
  constructor({ characters, byte_fallback: byteFallback, special }: CharacterState) {
    this.#characters = characters;
    this.#numbers = new Map(characters.map((character, number) => [character, number]));
    this.#byteFallback = byteFallback;
    const texts = characters.length + (byteFallback ? BYTES : 0);
    this.#special = new SpecialTokens(special, texts);
    this.size = texts + special.length;
  }

  /**
   * Learns the characters of the text. With `byteFallback` (default) a character that it does not have is written as the
   * tokens of its UTF-8 bytes, 256 more; without, it is an error. Throws DataError for an empty text.
   */
  static train(
    text: string,
    { byteFallback = true, special = [] }: { byteFallback?: boolean; special?: readonly string[] } = {},
  ): CharacterTokenizer {
    requireWellFormed(text);
    if (text === '') throw new DataError('The training text is empty; give it at least one character.');
    const characters = [...new Set(text)].sort();
    return new CharacterTokenizer({
      kind: 'character',
      characters,
      byte_fallback: byteFallback,
      special: [...special],
    });
  }

  get state(): CharacterState {
    return {
      kind: 'character',
      characters: [...this.#characters],
      byte_fallback: this.#byteFallback,
      special: [...this.#special.names],
    };
  }

  encode(text: string): Int32Array {
    requireWellFormed(text);
    const tokens: number[] = [];
    const encoder = new TextEncoder();
    for (const character of text) {
      const number = this.#numbers.get(character);
      if (number !== undefined) tokens.push(number);
      else if (this.#byteFallback) {
        for (const byte of encoder.encode(character)) tokens.push(this.#characters.length + byte);
      } else {
        throw new DataError(
          `${JSON.stringify(character)} (U+${character.codePointAt(0)!.toString(16).toUpperCase()}), after ${tokens.length} characters, is not in the training text. Remove it, or train with byteFallback.`,
        );
      }
    }
    return Int32Array.from(tokens);
  }

  decode(tokens: ArrayLike<number>): string {
    const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
    let text = '';
    for (let position = 0; position < tokens.length; position += 1) {
      const token = tokens[position]!;
      if (this.#special.has(token)) continue;
      const character = this.#characters[token];
      if (character !== undefined) {
        text += decoder.decode() + character;
      } else {
        const byte = token - this.#characters.length;
        if (!this.#byteFallback || !Number.isInteger(byte) || byte < 0 || byte >= BYTES) {
          throw noSuchToken(token, this.size);
        }
        text += decoder.decode(Uint8Array.of(byte), { stream: true });
      }
    }
    return text + decoder.decode();
  }

  special(name: string): number {
    return this.#special.number(name);
  }
}

/** Throws ModelFileError where the state is damaged. */
export function readCharacters(state: unknown): CharacterTokenizer {
  return new CharacterTokenizer(readStored('tokenizer', StoredCharacters, state));
}
