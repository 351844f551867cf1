import type { Generator } from 'azuraforge-core';
import { MU_LAW_CODES } from '../data/mu-law.ts';
import { ModelFileError } from '../error.ts';
import type { CodeModel } from '../generation/generate-audio.ts';
import { Embedding } from '../nn/embedding.ts';
import { GRU } from '../nn/gru.ts';
import { Linear } from '../nn/linear.ts';
import type { Module } from '../nn/module.ts';
import { Sequential } from '../nn/sequential.ts';
import type { AudioConfig } from './audio-config.ts';

/** Mu-law codes `[batch, time]` → `[batch, time, 256]` logits of the codes that come next. */
export function createAudioModel(config: AudioConfig, generator: Generator): Module {
  const { embedding_size: embedding, hidden_size: hidden } = config;
  return new Sequential({
    embedding: new Embedding(MU_LAW_CODES, embedding, { generator }),
    gru: new GRU(embedding, hidden, { generator }),
    head: new Linear(hidden, MU_LAW_CODES, { generator }),
  });
}

/** The parts of such a model. Throws ModelFileError where it is another one. */
export function codeModelOf(model: Module): CodeModel {
  const { embedding, gru, head } = Object.fromEntries(model.children());
  const fits =
    embedding instanceof Embedding &&
    embedding.numEmbeddings === MU_LAW_CODES &&
    gru instanceof GRU &&
    !gru.bidirectional &&
    head instanceof Linear &&
    head.outFeatures === MU_LAW_CODES;
  if (fits) return { embedding, gru, head };
  throw new ModelFileError(
    `model.json is damaged: it needs an embedding, a GRU and a head over ${MU_LAW_CODES} codes. Train the model again.`,
  );
}
