import type { AnyPipeline, GenerationInput, Pipeline, TextPrediction, TrainingResult } from '../pipeline.ts';
import { checkFit, expectRefusal } from './answer-rules.ts';
import { expect } from './expectation.ts';

/** A pipeline whose input schema has `prompt`: it writes on from a text, as the seed has it. */
type TextGenerator = Pipeline<object, GenerationInput, TextPrediction>;

interface InputSchema {
  properties?: { prompt?: unknown; max_tokens?: { maximum?: number } };
}

const TOKENS = 8;

export function isGenerator(
  _pipeline: AnyPipeline,
  { inputSchema }: TrainingResult,
): _pipeline is TextGenerator {
  return (inputSchema as InputSchema).properties?.prompt !== undefined;
}

/** The text fits its schema and is as long as was asked; its seed gives it again, and another seed another text. */
export async function checkGeneration(pipeline: TextGenerator, result: TrainingResult): Promise<void> {
  const files = structuredClone(result.files);
  const ask = (input: Partial<GenerationInput>): Promise<TextPrediction> =>
    pipeline.predict(files, { prompt: 'sample', max_tokens: TOKENS, temperature: 1, ...input });
  const answer = await ask({ seed: 1 });
  checkFit(answer, result);
  expect(answer.pipeline_id === pipeline.id, `prediction.pipeline_id must be "${pipeline.id}".`);
  expect(answer.prompt === 'sample' && answer.seed === 1, 'The answer must hold its prompt and its seed.');
  expect(
    answer.tokens > 0 && answer.tokens <= TOKENS,
    `The answer has ${answer.tokens} tokens, though ${TOKENS} were asked for.`,
  );
  const again = await ask({ seed: 1 });
  expect(again.text === answer.text, 'The same files, input and seed must give the same text.');
  const others = await Promise.all([2, 3, 4].map((seed) => ask({ seed })));
  expect(
    others.some(({ text }) => text !== answer.text),
    'Other seeds must be able to give other texts.',
  );
  const unseeded = await ask({});
  const repeated = await ask({ seed: unseeded.seed });
  expect(
    repeated.text === unseeded.text,
    'Without a seed the answer must hold the one that was drawn, which gives the same text again.',
  );
}

/** Each wrong field is refused. */
export async function checkBadGeneration(pipeline: TextGenerator, result: TrainingResult): Promise<void> {
  const refuse = (change: Record<string, unknown>): Promise<void> =>
    expectRefusal(pipeline, result, { prompt: 'sample', ...change }, Object.keys(change)[0]!);
  await expectRefusal(pipeline, result, {}, 'prompt');
  await refuse({ prompt: '' });
  await refuse({ prompt: 1 });
  await refuse({ no_such_field: 1 });
  const most = (result.inputSchema as InputSchema).properties?.max_tokens?.maximum;
  expect(most !== undefined, 'inputSchema.properties.max_tokens needs a maximum.');
  await refuse({ max_tokens: 0 });
  await refuse({ max_tokens: most + 1 });
  await refuse({ temperature: -1 });
  await refuse({ top_k: -1 });
  await refuse({ top_p: 0 });
  await refuse({ top_p: 1.5 });
  await refuse({ seed: -1 });
}
