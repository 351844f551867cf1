import type { Static } from 'typebox';
import { Type } from 'typebox';
import { readStored } from '../data/stored-state.ts';
import { ModelFileError } from '../error.ts';

const size = Type.Integer({ minimum: 1 });

/** The `preprocessing` part of model.json. */
const StoredImages = Type.Object({
  channels: size,
  height: size,
  width: size,
  /** For each channel, of values from 0 to 1. */
  mean: Type.Array(Type.Number(), { minItems: 1 }),
  std: Type.Array(Type.Number({ exclusiveMinimum: 0 }), { minItems: 1 }),
  class_names: Type.Array(Type.String({ minLength: 1 }), { minItems: 2, uniqueItems: true }),
  /** Of each class among the training images. */
  class_shares: Type.Array(Type.Number({ minimum: 0, maximum: 1 })),
});

/** All that a trained image classifier needs beside its weights. */
export type ImageState = Static<typeof StoredImages>;

/** Throws ModelFileError that names the part of model.json that is missing or damaged. */
export function restoreImageState(stored: Record<string, unknown>): ImageState {
  const state = readStored('preprocessing of an image classifier', StoredImages, stored);
  const { channels, mean, std, class_names: names, class_shares: shares } = state;
  if (mean.length !== channels || std.length !== channels || shares.length !== names.length) {
    throw new ModelFileError(
      'model.json is damaged: its preprocessing has not one mean and std for each channel, or not one share for each class. Train the model again.',
    );
  }
  return state;
}
