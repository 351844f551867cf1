import type {
  ErrorCode,
  ExperimentStatus,
  PipelineProblem,
  RunErrorCode,
} from 'azuraforge-dbmodels/contract';
import type { ClientErrorCode } from '../client/error.ts';

type CodeKey =
  | `error.${ErrorCode | ClientErrorCode}`
  | `runError.${RunErrorCode}`
  | `status.${ExperimentStatus}`
  | `problem.${PipelineProblem['code']}`;

/** One sentence per code of the contract: what happened and what to do. */
export const codesEn = {
  'error.BAD_REQUEST': 'The server could not use this request. Check what you entered and try again.',
  'error.MALFORMED_JSON': 'The server could not read what was sent. Reload the page and try again.',
  'error.VALIDATION_FAILED': 'Some fields are not right yet. Correct the marked ones and send again.',
  'error.CONFIG_INVALID': 'Some settings do not fit this pipeline. Correct the marked ones and start again.',
  'error.PREDICTION_INPUT_INVALID': 'The model cannot use this input. Correct what is listed and ask again.',
  'error.INVALID_CREDENTIALS': 'User name or password is wrong. Check both and try again.',
  'error.TOKEN_MISSING': 'Please sign in to continue.',
  'error.TOKEN_INVALID': 'Your sign-in is no longer valid. Please sign in again.',
  'error.TOKEN_EXPIRED': 'Your sign-in has expired. Please sign in again.',
  'error.FORBIDDEN': 'You may not do this. Ask an administrator for access.',
  'error.ROUTE_NOT_FOUND':
    'The server does not know this address. Dashboard and API may be of different versions.',
  'error.PIPELINE_NOT_FOUND':
    'No worker offers this pipeline. Check that its plugin is installed and a worker is running.',
  'error.EXPERIMENT_NOT_FOUND': 'There is no such experiment. It may have been deleted.',
  'error.MODEL_NOT_FOUND': 'There is no such model. Its experiment may not have finished.',
  'error.TASK_NOT_FOUND': 'There is no such run to follow.',
  'error.METHOD_NOT_ALLOWED':
    'The server does not allow this. Dashboard and API may be of different versions.',
  'error.PIPELINE_BROKEN':
    'This pipeline cannot be started: its plugin does not load. See the pipelines page for the reason.',
  'error.EXPERIMENT_NOT_FINISHED': 'The experiment has not finished successfully, so it has no model yet.',
  'error.EXPERIMENT_ALREADY_FINISHED': 'The experiment has already ended.',
  'error.REPORT_NOT_AVAILABLE': 'There is no report: the experiment has not finished successfully.',
  'error.BODY_TOO_LARGE': 'This is too much data for one request. Send fewer rows, or smaller images.',
  'error.UNSUPPORTED_MEDIA_TYPE': 'The server does not accept this kind of data.',
  'error.TOO_MANY_REQUESTS': 'Too many requests in a short time. Wait a moment and try again.',
  'error.INTERNAL':
    'Something went wrong on the server. Try again; if it stays, give the request number to your operator.',
  'error.PREDICTION_FAILED':
    'The model failed while forecasting. Try again; if it stays, look at the worker’s log.',
  'error.NO_WORKER': 'No worker is running that can do this. Start one and try again.',
  'error.SERVICE_UNAVAILABLE': 'The service is not ready. Try again in a moment.',
  'error.PREDICTION_TIMEOUT': 'The forecast took too long. The workers may be busy; try again.',
  'error.NETWORK': 'The AzuraForge API cannot be reached. Check that it is running, then try again.',
  'error.UNEXPECTED_ANSWER':
    'The server answered in an unexpected way. Dashboard and API may be of different versions.',
  'runError.PIPELINE_ERROR': 'The pipeline stopped with an error of its own.',
  'runError.CONFIG_INVALID':
    'The settings of this run do not fit the version of the pipeline that the worker has.',
  'runError.PIPELINE_UNAVAILABLE': 'No worker offers this pipeline any more, or its plugin does not load.',
  'runError.WORKER_DIED':
    'The training process died as often as a run may. It may need more memory; try a smaller batch or model.',
  'status.PENDING': 'Waiting',
  'status.STARTED': 'Running',
  'status.SUCCESS': 'Finished',
  'status.FAILURE': 'Failed',
  'status.CANCELLED': 'Cancelled',
  'problem.MANIFEST_INVALID': 'The plugin’s manifest is not valid.',
  'problem.SCHEMA_INVALID': 'The schema of the plugin’s settings is not valid.',
  'problem.LOAD_FAILED': 'The plugin’s code does not load.',
  'problem.DUPLICATE_ID': 'Another installed plugin uses the same pipeline name.',
} as const satisfies Record<CodeKey, string>;
