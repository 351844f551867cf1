import { Type } from 'typebox';
import { readStored } from '../data/stored-state.ts';
import type { Tokenizer } from '../data/tokenizer.ts';
import { readTokenizer } from '../data/tokenizer.ts';
import { DataError, ModelFileError } from '../error.ts';

/** The special token that fills up short texts. */
export const PADDING = '<pad>';

/** The `preprocessing` part of model.json; the tokenizer checks its own part. */
const StoredTexts = Type.Object({
  tokenizer: Type.Unknown(),
  /** Tokens of a text that the model reads. */
  window: Type.Integer({ minimum: 1 }),
  class_names: Type.Array(Type.String({ minLength: 1 }), { minItems: 2, uniqueItems: true }),
  /** Of each class among the training texts. */
  class_shares: Type.Array(Type.Number({ minimum: 0, maximum: 1 })),
});

/** All that a trained text classifier needs beside its weights. */
export interface TextState {
  tokenizer: Tokenizer;
  window: number;
  classNames: readonly string[];
  classShares: readonly number[];
}

export function storeTextState({
  tokenizer,
  window,
  classNames,
  classShares,
}: TextState): Record<string, unknown> {
  return {
    tokenizer: { ...tokenizer.state },
    window,
    class_names: [...classNames],
    class_shares: [...classShares],
  };
}

/** Throws ModelFileError that names the part of model.json that is missing or damaged. */
export function restoreTextState(stored: Record<string, unknown>): TextState {
  const state = readStored('preprocessing of a text classifier', StoredTexts, stored);
  const { window, class_names: classNames, class_shares: classShares } = state;
  if (classShares.length !== classNames.length) {
    throw new ModelFileError(
      'model.json is damaged: its preprocessing has not one share for each class. Train the model again.',
    );
  }
  const tokenizer = readTokenizer(state.tokenizer);
  try {
    tokenizer.special(PADDING);
  } catch (cause) {
    if (!(cause instanceof DataError)) throw cause;
    throw new ModelFileError(`model.json is damaged: ${cause.message} Train the model again.`, { cause });
  }
  return { tokenizer, window, classNames, classShares };
}
