import { Type } from 'typebox';
import type { Tokenizer } from '../data/tokenizer.ts';
import { readTokenizer } from '../data/tokenizer.ts';
import { readStored } from '../data/stored-state.ts';
import { ModelFileError } from '../error.ts';
import { GPT } from '../nn/gpt.ts';
import type { Module } from '../nn/module.ts';

/** The `preprocessing` part of model.json; the tokenizer checks its own part. */
const StoredGeneration = Type.Object({ tokenizer: Type.Unknown() });

export function storeGenerationState(tokenizer: Tokenizer): Record<string, unknown> {
  return { tokenizer: { ...tokenizer.state } };
}

/** Throws ModelFileError that names the part of model.json that is missing or does not fit. */
export function restoreGenerator(
  model: Module,
  stored: Record<string, unknown>,
): { model: GPT; tokenizer: Tokenizer } {
  const tokenizer = readTokenizer(readStored('preprocessing of a text', StoredGeneration, stored).tokenizer);
  if (!(model instanceof GPT) || model.vocabularySize !== tokenizer.size) {
    throw new ModelFileError(
      `model.json is damaged: it needs a GPT over the ${tokenizer.size} tokens of its tokenizer. Train the model again.`,
    );
  }
  return { model, tokenizer };
}
