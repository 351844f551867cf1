import { TensorError } from 'azuraforge-core';
import { ArgumentError, ModelFileError } from '../error.ts';
import type { Module } from '../nn/module.ts';
import type { InputSource, Values } from '../trainer/dataset.ts';
import { predictInBatches } from '../trainer/evaluation.ts';

/**
 * What a model out of a file says about each sample, `[samples, outputs]`. Throws ModelFileError where its layers do not
 * fit the preprocessing that is written beside them.
 */
export async function askLoadedModel(
  model: Module,
  source: InputSource,
  { outputs, batchSize }: { outputs: number; batchSize: number },
): Promise<Values> {
  let answers: Values;
  try {
    answers = await predictInBatches(model, source, { batchSize });
  } catch (cause) {
    const isMisfit =
      cause instanceof ArgumentError || (cause instanceof TensorError && cause.code === 'SHAPE_MISMATCH');
    throw isMisfit ? misfit(cause.message, cause) : cause;
  }
  const { shape } = answers;
  if (shape.length === 2 && shape[1] === outputs) return answers;
  throw misfit(`The layers give [${shape.join(', ')}], where [${shape[0]}, ${outputs}] was expected.`);
}

function misfit(what: string, cause?: unknown): ModelFileError {
  return new ModelFileError(
    `model.json is damaged: its layers do not fit its preprocessing. ${what} Train the model again.`,
    { cause },
  );
}
