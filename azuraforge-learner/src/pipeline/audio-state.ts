import type { Static } from 'typebox';
import { Type } from 'typebox';
import { readStored } from '../data/stored-state.ts';

/** The `preprocessing` part of model.json. */
const StoredAudio = Type.Object({
  encoding: Type.Literal('mu_law_256'),
  sample_rate: Type.Integer({ minimum: 1 }),
  /** How much may be asked for at once; models of older versions lack it. */
  max_seconds: Type.Optional(Type.Number({ minimum: 1 })),
});

/** All that a trained generator of audio needs beside its weights. */
export type AudioState = Static<typeof StoredAudio>;

/** Throws ModelFileError that names the part of model.json that is missing or damaged. */
export function restoreAudioState(stored: Record<string, unknown>): AudioState {
  return readStored('preprocessing of a generator of audio', StoredAudio, stored);
}
