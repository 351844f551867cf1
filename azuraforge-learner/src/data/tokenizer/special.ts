import { ArgumentError, DataError } from '../../error.ts';

/**
 * Tokens that stand for no text (padding, end of text). They come after all others and are never found in a text, even
 * where it spells their name.
 */
export class SpecialTokens {
  readonly names: readonly string[];
  readonly #first: number;

  /** Throws ArgumentError for a name that comes twice. */
  constructor(names: readonly string[], first: number) {
    if (new Set(names).size < names.length) {
      throw new ArgumentError(`Special tokens need different names; got ${names.join(', ')}.`);
    }
    this.names = [...names];
    this.#first = first;
  }

  number(name: string): number {
    const place = this.names.indexOf(name);
    if (place >= 0) return this.#first + place;
    throw new DataError(
      `There is no special token ${JSON.stringify(name)}; there are: ${this.names.join(', ') || 'none'}. Name it in \`special\` at training.`,
    );
  }

  has(token: number): boolean {
    return Number.isInteger(token) && token >= this.#first && token < this.#first + this.names.length;
  }
}

/** Throws DataError that names the place of half a surrogate pair, which no encoding of Unicode can hold. */
export function requireWellFormed(text: string): void {
  const place = text.search(/\p{Surrogate}/u);
  if (place < 0) return;
  throw new DataError(
    `The text is not well-formed Unicode: at ${place} it holds half a surrogate pair (U+${text.charCodeAt(place).toString(16).toUpperCase()}). It was cut within a character; cut it elsewhere, or mend it with toWellFormed().`,
  );
}

export function noSuchToken(token: number, size: number): DataError {
  return new DataError(`${token} is no token: there are ${size}, from 0 on.`);
}
