/** Every error code that a client can meet, with the HTTP status that carries it. */
export const ERROR_STATUS = {
  BAD_REQUEST: 400,
  MALFORMED_JSON: 400,
  VALIDATION_FAILED: 422,
  CONFIG_INVALID: 422,
  PREDICTION_INPUT_INVALID: 422,
  INVALID_CREDENTIALS: 401,
  TOKEN_MISSING: 401,
  TOKEN_INVALID: 401,
  TOKEN_EXPIRED: 401,
  FORBIDDEN: 403,
  ROUTE_NOT_FOUND: 404,
  PIPELINE_NOT_FOUND: 404,
  EXPERIMENT_NOT_FOUND: 404,
  MODEL_NOT_FOUND: 404,
  TASK_NOT_FOUND: 404,
  METHOD_NOT_ALLOWED: 405,
  PIPELINE_BROKEN: 409,
  EXPERIMENT_NOT_FINISHED: 409,
  EXPERIMENT_ALREADY_FINISHED: 409,
  REPORT_NOT_AVAILABLE: 409,
  BODY_TOO_LARGE: 413,
  UNSUPPORTED_MEDIA_TYPE: 415,
  TOO_MANY_REQUESTS: 429,
  INTERNAL: 500,
  PREDICTION_FAILED: 502,
  NO_WORKER: 503,
  SERVICE_UNAVAILABLE: 503,
  PREDICTION_TIMEOUT: 504,
} as const satisfies Record<string, number>;

export type ErrorCode = keyof typeof ERROR_STATUS;

/** One wrong field; `path` is the form field in dot notation, `''` for the whole body. */
export interface FieldError {
  path: string;
  message: string;
  /** JSON Schema keyword or validator name (`minimum`, `required`, …), for translation. */
  keyword?: string;
  /** Values that the message names (`{ limit: 1 }`), for translation. */
  params?: Record<string, unknown>;
}

/** The one shape of every error answer, over HTTP and over sockets. */
export interface ErrorEnvelope {
  error: { code: ErrorCode; message: string; details?: FieldError[]; request_id: string };
}

/** Why a run ended in FAILURE. */
export const RUN_ERROR_CODES = [
  /** The pipeline's own code threw. */
  'PIPELINE_ERROR',
  /** The stored configuration does not fit the pipeline that the worker has. */
  'CONFIG_INVALID',
  /** No worker offers the pipeline any more, or it does not load. */
  'PIPELINE_UNAVAILABLE',
  /** The child process died (signal, out of memory) as often as a run may. */
  'WORKER_DIED',
] as const;
export type RunErrorCode = (typeof RUN_ERROR_CODES)[number];

/** The reason of a failed run as people see it; never a stack trace. */
export interface RunError {
  code: RunErrorCode;
  message: string;
}
