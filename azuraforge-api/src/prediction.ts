import { randomUUID } from 'node:crypto';
import type { Model, User } from 'azuraforge-dbmodels';
import type { ErrorCode, Prediction, PredictionInput, PredictResult } from 'azuraforge-dbmodels/contract';
import { ApiError } from './error.ts';
import type { Route } from './http/route.ts';
import { PredictionInputSchema } from './openapi/model.ts';
import { closed, schemaErrors } from './schema.ts';
import type { Services } from './services.ts';

/** What can go wrong with a prediction beyond finding its experiment. */
export const PREDICTION_ERRORS: ErrorCode[] = [
  'MODEL_NOT_FOUND',
  'PREDICTION_INPUT_INVALID',
  'PREDICTION_FAILED',
  'NO_WORKER',
  'PREDICTION_TIMEOUT',
  'TOO_MANY_REQUESTS',
];

/** Images and sound come in base64 here. */
export const PREDICTION_BODY = {
  schema: PredictionInputSchema,
  misfit: 'PREDICTION_INPUT_INVALID',
  required: false,
  maxMebibytes: 16,
  example: { steps: 7 },
} as const satisfies Route['body'];

/** Before the body is read, since many large ones at once would take all memory. */
export function takePredictionPlace({ id }: User, { predictionPlaces }: Services): () => void {
  return predictionPlaces.take(id);
}

/** Asks a worker what the model says, and waits for it. */
export async function predict(
  services: Services,
  model: Model,
  input: PredictionInput,
  requestId: string,
): Promise<Prediction> {
  const details = schemaErrors(closed(model.inputSchema), input);
  if (details.length > 0) {
    throw new ApiError(
      'PREDICTION_INPUT_INVALID',
      'The input does not fit this model; correct the fields named in the details.',
      {
        details,
      },
    );
  }
  const offered = await services.catalog.find(model.pipelineId);
  if (!offered || offered.entry.problem) {
    throw new ApiError(
      'NO_WORKER',
      `No running worker can use ${JSON.stringify(model.pipelineId)} right now; start one that has this plugin, then try again.`,
    );
  }

  const { predictQueue, predictionTimeoutMs } = services;
  // The id of a request may come from outside, so it is no name for a job.
  const job = { request_id: requestId, model_id: model.id, input };
  const outcome = await predictQueue.ask(randomUUID(), job, predictionTimeoutMs);
  if (outcome === null) {
    throw new ApiError(
      'PREDICTION_TIMEOUT',
      `No worker answered within ${Math.round(predictionTimeoutMs / 1000)} seconds; they may be busy, so try again later.`,
    );
  }
  if (!outcome.succeeded) {
    throw new ApiError(
      'PREDICTION_FAILED',
      'The worker could not answer this; try again, and look at its log if it stays.',
      {
        cause: new Error(outcome.reason),
      },
    );
  }
  return predictionOf(outcome.result as PredictResult);
}

function predictionOf(result: PredictResult): Prediction {
  if (result.ok) return result.prediction;
  const { code, message, details } = result;
  throw new ApiError(code, message, { details });
}
