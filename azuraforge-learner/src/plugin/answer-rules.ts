import { schemaProblems } from '../pipeline/schema-check.ts';
import type { AnyPipeline, TrainingResult } from '../pipeline.ts';
import { expect, expectError } from './expectation.ts';

/** The answer is what `outputSchema` says. */
export function checkFit(answer: unknown, { outputSchema }: TrainingResult): void {
  expect(outputSchema, 'train() must return the outputSchema of what the model answers.');
  const [problem] = schemaProblems(outputSchema, answer);
  expect(!problem, `The answer does not fit outputSchema: ${problem?.path}: ${problem?.message}`);
}

/** `input` is refused, and the error's details name `path`. */
export async function expectRefusal(
  pipeline: AnyPipeline,
  result: TrainingResult,
  input: unknown,
  path: string,
): Promise<void> {
  const situation = `predict() with a wrong ${path}`;
  const error = await expectError('PredictionInputError', situation, () =>
    pipeline.predict(result.files, input as never),
  );
  expect(
    error.details?.some((detail) => detail.path === path && detail.message !== ''),
    `${situation}: the error's details must name the path "${path}"; they name ${JSON.stringify(error.details?.map((detail) => detail.path))}.`,
  );
}
