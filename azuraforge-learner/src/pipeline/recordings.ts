import { byteHash } from '../data/byte-hash.ts';
import { encodeMuLaw } from '../data/mu-law.ts';
import type { Sound } from '../data/wav-decoder.ts';
import { DataError } from '../error.ts';

/** A sound with the name that errors call it by, such as its file. */
export interface Recording extends Sound {
  name: string;
}

/** Codes of the parts, in the order of the recordings. */
export interface CodeParts {
  train: Int32Array;
  validation: Int32Array;
  test: Int32Array;
}

/** The mean of all channels. */
export function monoOf({ channels }: Sound): Float32Array {
  const [first, ...others] = channels as [Float32Array, ...Float32Array[]];
  if (others.length === 0) return first;
  return first.map((sample, at) => others.reduce((sum, other) => sum + other[at]!, sample) / channels.length);
}

/** Throws DataError that names the recording that is too short, silent, not finite or of another sample rate. */
export function checkRecordings(recordings: readonly Recording[], window: number): void {
  const [first] = recordings;
  if (!first) throw new DataError('There is no recording to learn from. Give at least one.');
  for (const recording of recordings) {
    const { name, sampleRate, channels } = recording;
    if (!(Number.isSafeInteger(sampleRate) && sampleRate > 0)) {
      throw new DataError(
        `${name}: its sample rate is ${sampleRate}; it must be a whole number of samples a second.`,
      );
    }
    if (sampleRate !== first.sampleRate) {
      throw new DataError(
        `${name} has ${sampleRate} samples a second, but ${first.name} has ${first.sampleRate}. Bring all recordings to one rate.`,
      );
    }
    const length = channels[0]?.length ?? 0;
    if (length <= window || channels.some((channel) => channel.length !== length)) {
      throw new DataError(
        `${name} has ${length} samples, too few for a window of ${window} and the sample after it. Lower window, or leave it out.`,
      );
    }
    const mono = monoOf(recording);
    const wrong = mono.findIndex((sample) => !Number.isFinite(sample));
    if (wrong >= 0)
      throw new DataError(`${name}: sample ${wrong} is ${mono[wrong]}. Mend it, or leave it out.`);
    if (mono.every((sample) => sample === mono[0])) {
      throw new DataError(`${name} is silent: every sample is ${mono[0]}. Leave it out.`);
    }
  }
}

/**
 * All recordings as one row of codes, cut into three parts that follow each other: what is to be foretold comes after what
 * was learned from. Throws DataError where a part is too short for its windows.
 */
export function splitRecordings(
  recordings: readonly Recording[],
  {
    window,
    validation_fraction: validation,
    test_fraction: test,
  }: { window: number; validation_fraction: number; test_fraction: number },
): CodeParts {
  const clips = recordings.map((recording) => encodeMuLaw(monoOf(recording)));
  const codes = new Int32Array(clips.reduce((sum, { length }) => sum + length, 0));
  let filled = 0;
  for (const clip of clips) {
    codes.set(clip, filled);
    filled += clip.length;
  }
  const trainEnd = Math.floor(codes.length * (1 - validation - test));
  const validationEnd = Math.floor(codes.length * (1 - test));
  const parts = {
    train: codes.subarray(0, trainEnd),
    validation: codes.subarray(trainEnd, validationEnd),
    test: codes.subarray(validationEnd),
  };
  // The training windows start somewhere else in each epoch, which takes one window more.
  const least = { train: 2 * window, validation: window + 1, test: window + 1 };
  for (const name of ['train', 'validation', 'test'] as const) {
    if (parts[name].length >= least[name]) continue;
    throw new DataError(
      `The ${name === 'train' ? 'training' : name} part of the recordings has ${parts[name].length} samples, too few for a window of ${window}: it needs ${least[name]}. Lower window, or give more recordings.`,
    );
  }
  return parts;
}

/** `sha256:…` over sample rates and samples. */
export function recordingsHash(recordings: readonly Recording[]): Promise<string> {
  const head = recordings.map(({ sampleRate, channels }) => [
    sampleRate,
    channels.map(({ length }) => length),
  ]);
  return byteHash([
    new TextEncoder().encode(JSON.stringify(head)),
    ...recordings.flatMap(({ channels }) =>
      channels.map((channel) => new Uint8Array(channel.slice().buffer)),
    ),
  ]);
}
