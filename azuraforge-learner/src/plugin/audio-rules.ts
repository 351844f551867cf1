import { fromBase64 } from '../pipeline/base64.ts';
import type { AnyPipeline, AudioInput, AudioPrediction, Pipeline, TrainingResult } from '../pipeline.ts';
import { checkFit, expectRefusal } from './answer-rules.ts';
import { expect } from './expectation.ts';

/** A pipeline whose input schema has `seconds`: it makes sound, as the seed has it. */
type AudioGenerator = Pipeline<object, AudioInput, AudioPrediction>;

interface InputSchema {
  properties?: { seconds?: { maximum?: number } };
}

const SECONDS = 0.01;

export function isAudioGenerator(
  _pipeline: AnyPipeline,
  { inputSchema }: TrainingResult,
): _pipeline is AudioGenerator {
  return (inputSchema as InputSchema).properties?.seconds !== undefined;
}

/** The sound fits its schema and is as long as was asked; its seed gives it again, and another seed another sound. */
export async function checkAudio(pipeline: AudioGenerator, result: TrainingResult): Promise<void> {
  const files = structuredClone(result.files);
  const ask = (input: AudioInput): Promise<AudioPrediction> =>
    pipeline.predict(files, { seconds: SECONDS, temperature: 1, ...input });
  const answer = await ask({ seed: 1 });
  checkFit(answer, result);
  expect(answer.pipeline_id === pipeline.id, `prediction.pipeline_id must be "${pipeline.id}".`);
  expect(answer.seed === 1, 'The answer must hold its seed.');
  const wanted = Math.round(SECONDS * answer.sample_rate);
  expect(
    answer.samples === wanted,
    `The answer has ${answer.samples} samples, though ${wanted} were asked for.`,
  );
  const bytes = fromBase64(answer.wav);
  expect(
    bytes !== null && new TextDecoder().decode(bytes.subarray(0, 4)) === 'RIFF',
    'prediction.wav must be a WAV file in base64.',
  );
  expect(
    (await ask({ seed: 1 })).wav === answer.wav,
    'The same files, input and seed must give the same sound.',
  );
  const others = [await ask({ seed: 2 }), await ask({ seed: 3 })];
  expect(
    others.some(({ wav }) => wav !== answer.wav),
    'Other seeds must be able to give other sounds.',
  );
  const unseeded = await ask({});
  expect(
    (await ask({ seed: unseeded.seed })).wav === unseeded.wav,
    'Without a seed the answer must hold the one that was drawn, which gives the same sound again.',
  );
  const next = await ask({ seed: 1, prompt_audio: answer.wav });
  expect(next.prompt_samples === wanted, 'The answer must say how long the prompt was.');
}

/** Each wrong field is refused. */
export async function checkBadAudio(pipeline: AudioGenerator, result: TrainingResult): Promise<void> {
  const refuse = (change: Record<string, unknown>): Promise<void> =>
    expectRefusal(pipeline, result, change, Object.keys(change)[0]!);
  await refuse({ no_such_field: 1 });
  const most = (result.inputSchema as InputSchema).properties?.seconds?.maximum;
  expect(most !== undefined, 'inputSchema.properties.seconds needs a maximum.');
  await refuse({ seconds: 0 });
  await refuse({ seconds: most + 1 });
  await refuse({ temperature: -1 });
  await refuse({ top_k: -1 });
  await refuse({ top_p: 0 });
  await refuse({ seed: -1 });
  await refuse({ prompt_audio: 'no base64' });
  await refuse({ prompt_audio: btoa('no WAV file') });
}
