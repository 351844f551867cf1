import { Generator } from 'azuraforge-core';
import type { Static } from 'typebox';
import { Type } from 'typebox';
import { audioProperties } from '../../src/pipeline/audio-config.ts';
import { AudioGenerationPipeline } from '../../src/pipeline/audio-generation-pipeline.ts';
import type { Recording } from '../../src/pipeline/recordings.ts';

const RATE = 1000;

const configSchema = Type.Object(
  audioProperties({
    epochs: 8,
    window: 32,
    hidden_size: 24,
    embedding_size: 8,
    sample_seconds: 0.3,
    batch_size: 16,
    learning_rate: 0.02,
    test_fraction: 0.15,
  }),
  { title: 'Tones', description: 'Hums.', additionalProperties: false },
);

export type ToneConfig = Static<typeof configSchema>;

/** A square wave of 50 Hz that falls silent now and then, which no weighted sum of samples foretells. */
export function tones(count = 4, samples = 1500): Recording[] {
  const generator = new Generator(4);
  return Array.from({ length: count }, (_, index) => ({
    name: `tone-${index}.wav`,
    sampleRate: RATE,
    channels: [
      Float32Array.from({ length: samples }, (_unused, at) => {
        const level = Math.floor(at / 10) % 2 === 0 ? 0.5 : -0.3;
        const sounds = Math.floor(at / 100) % 3 < 2;
        return (sounds ? level : 0) + 0.01 * (generator.random() - 0.5);
      }),
    ],
  }));
}

export class TonePipeline extends AudioGenerationPipeline<ToneConfig> {
  override readonly id: string = 'tones';
  override readonly configSchema = configSchema;
  readonly #recordings: Recording[];

  constructor(recordings: Recording[] = tones()) {
    super();
    this.#recordings = recordings;
  }

  protected override loadRecordings(): Recording[] {
    return this.#recordings;
  }
}
