import type { Static } from 'typebox';
import { Type } from 'typebox';
import { readStored } from '../data/stored-state.ts';
import type { Tokenizer } from '../data/tokenizer.ts';
import { readTokenizer } from '../data/tokenizer.ts';
import type { ImageState } from './image-state.ts';
import { restoreImageState } from './image-state.ts';

/** Tokens that stand for no text: for one that is not known, and for what follows its end. */
export const SPECIAL = ['blank', 'padding'] as const;

/** The `preprocessing` part of model.json; images and tokenizer check their own parts. */
const StoredPairs = Type.Object({
  images: Type.Record(Type.String(), Type.Unknown()),
  text_length: Type.Integer({ minimum: 1 }),
  tokenizer: Type.Unknown(),
});

/** All that a trained classifier of texts and images needs beside its weights. */
export interface MultiModalState {
  images: ImageState;
  textLength: number;
  tokenizer: Tokenizer;
}

export function storeMultiModalState({
  images,
  textLength,
  tokenizer,
}: MultiModalState): Record<string, unknown> {
  return {
    images: { ...images },
    text_length: textLength,
    tokenizer: tokenizer.state,
  } satisfies Static<typeof StoredPairs>;
}

/** Throws ModelFileError that names the part of model.json that is missing or damaged. */
export function restoreMultiModalState(stored: Record<string, unknown>): MultiModalState {
  const {
    images,
    text_length: textLength,
    tokenizer,
  } = readStored('preprocessing of a classifier of texts and images', StoredPairs, stored);
  return { images: restoreImageState(images), textLength, tokenizer: readTokenizer(tokenizer) };
}
