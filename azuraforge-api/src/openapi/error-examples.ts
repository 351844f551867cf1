import type { ErrorCode, FieldError } from 'azuraforge-dbmodels/contract';
import { fieldError } from '../schema/sentence.ts';

/** What each error looks like, for readers of the API's description. */
export const EXAMPLE_MESSAGES: Record<ErrorCode, { message: string; details?: FieldError[] }> = {
  BAD_REQUEST: { message: 'The request cannot be read; check its address, headers and body.' },
  MALFORMED_JSON: { message: 'The body is not valid JSON; check its commas, quotes and brackets.' },
  VALIDATION_FAILED: {
    message: 'The body does not fit; correct the fields named in the details.',
    details: [fieldError('pipeline_id', 'required')],
  },
  CONFIG_INVALID: {
    message: 'The configuration does not fit this pipeline; correct the fields named in the details.',
    details: [fieldError('epochs', 'minimum', { comparison: '>=', limit: 1 })],
  },
  PREDICTION_INPUT_INVALID: {
    message: 'The input does not fit this model; correct the fields named in the details.',
    details: [fieldError('rows.3.temp_max', 'required')],
  },
  INVALID_CREDENTIALS: { message: 'The username or the password is wrong; check both and try again.' },
  TOKEN_MISSING: { message: 'Sign in first: send an access token as "Authorization: Bearer …".' },
  TOKEN_INVALID: { message: 'The access token is not valid here; sign in again.' },
  TOKEN_EXPIRED: { message: 'The access token has expired; sign in again.' },
  FORBIDDEN: { message: 'Your role does not allow this; ask an administrator.' },
  ROUTE_NOT_FOUND: { message: 'There is no GET /api/v1/nothing; /api/v1/docs lists what there is.' },
  PIPELINE_NOT_FOUND: {
    message: 'No running worker offers a pipeline "nothing"; choose one of GET /api/v1/pipelines.',
  },
  EXPERIMENT_NOT_FOUND: {
    message: 'There is no experiment with this id; open it from the list of experiments.',
  },
  MODEL_NOT_FOUND: { message: 'There is no model with this id; open it from the list of models.' },
  TASK_NOT_FOUND: { message: 'There is no task with this id; check it, or open the run from the list.' },
  METHOD_NOT_ALLOWED: { message: 'DELETE is not possible here; use one of GET, POST, HEAD, OPTIONS.' },
  PIPELINE_BROKEN: {
    message: 'This pipeline does not load. Mend or update its package, then restart the worker.',
  },
  EXPERIMENT_NOT_FINISHED: {
    message: 'This experiment has no model: it is STARTED. Wait for SUCCESS, or start it again.',
  },
  EXPERIMENT_ALREADY_FINISHED: { message: 'This experiment has already ended; there is nothing to stop.' },
  REPORT_NOT_AVAILABLE: {
    message: 'This experiment has no report: it is FAILURE. A report appears when a run ends in SUCCESS.',
  },
  BODY_TOO_LARGE: { message: 'The body is larger than 1 MiB; send less at once.' },
  UNSUPPORTED_MEDIA_TYPE: { message: 'Send the body as application/json.' },
  TOO_MANY_REQUESTS: { message: 'Too many requests at once; try again in a few seconds.' },
  INTERNAL: { message: 'Something went wrong here; try again, and report the request id if it stays.' },
  PREDICTION_FAILED: {
    message: 'The worker could not answer this; try again, and look at its log if it stays.',
  },
  NO_WORKER: {
    message:
      'No running worker can use "weather_forecaster" right now; start one that has this plugin, then try again.',
  },
  SERVICE_UNAVAILABLE: {
    message: 'A part of the platform is not reachable right now; try again in a few seconds.',
  },
  PREDICTION_TIMEOUT: {
    message: 'No worker answered within 30 seconds; they may be busy, so try again later.',
  },
};
