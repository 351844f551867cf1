import {
  ERROR_STATUS,
  type ErrorCode,
  type ErrorEnvelope,
  type FieldError,
} from 'azuraforge-dbmodels/contract';

/** An answer that is not a success. `message` says what to do. */
export class ApiError extends Error {
  override name = 'ApiError';
  readonly code: ErrorCode;
  readonly details: FieldError[] | undefined;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    code: ErrorCode,
    message: string,
    {
      details,
      headers = {},
      cause,
    }: { details?: FieldError[]; headers?: Record<string, string>; cause?: unknown } = {},
  ) {
    super(message, { cause });
    this.code = code;
    this.details = details;
    this.headers = headers;
  }

  get status(): number {
    return ERROR_STATUS[this.code];
  }

  envelope(requestId: string): ErrorEnvelope {
    const { code, message, details } = this;
    return { error: { code, message, ...(details && { details }), request_id: requestId } };
  }
}

/** Errors of the body parser of express, which carry a `type`. */
const BODY_ERRORS: Record<string, [ErrorCode, string]> = {
  'entity.parse.failed': [
    'MALFORMED_JSON',
    'The body is not valid JSON; check its commas, quotes and brackets.',
  ],
  'parameters.too.many': ['BODY_TOO_LARGE', 'The form has too many fields; send only those that are needed.'],
  'encoding.unsupported': [
    'UNSUPPORTED_MEDIA_TYPE',
    'The content encoding is not supported; send the body plain or as gzip.',
  ],
  'charset.unsupported': [
    'UNSUPPORTED_MEDIA_TYPE',
    'The character set is not supported; send the body as UTF-8.',
  ],
};

const NETWORK_CODES = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN']);
const REDIS_AWAY = new Set([
  'ClientClosedError',
  'ClientOfflineError',
  'DisconnectsClientError',
  'SocketClosedUnexpectedlyError',
  'SocketTimeoutError',
  'ConnectionTimeoutError',
  'TimeoutError',
  'AbortError',
]);
/** What TypeORM says in a transaction whose connection broke between two statements. */
const LOST_TRANSACTION = /^QueryRunner(?:Provider)?AlreadyReleasedError$/;

/** Turns whatever was thrown into an answer. Only an ApiError's own text ever reaches a client. */
export function toApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  const type = textOf(error, 'type');
  if (type === 'entity.too.large') {
    const mebibytes = Number(textOf(error, 'limit')) / 1024 ** 2;
    return new ApiError('BODY_TOO_LARGE', `The body is larger than ${mebibytes} MiB; send less at once.`, {
      cause: error,
    });
  }
  const known = BODY_ERRORS[type];
  if (known) return new ApiError(known[0], known[1], { cause: error });
  if (isStoreAway(error)) {
    return new ApiError(
      'SERVICE_UNAVAILABLE',
      'A part of the platform is not reachable right now; try again in a few seconds.',
      {
        headers: { 'Retry-After': '5' },
        cause: error,
      },
    );
  }
  const status = Number(textOf(error, 'status'));
  if (status >= 400 && status < 500) {
    return new ApiError('BAD_REQUEST', 'The request cannot be read; check its address, headers and body.', {
      cause: error,
    });
  }
  return new ApiError(
    'INTERNAL',
    'Something went wrong here; try again, and report the request id if it stays.',
    { cause: error },
  );
}

/** True when Postgres or Redis could not be reached, as opposed to refusing what was asked. */
export function isStoreAway(error: unknown): boolean {
  const cause = Reflect.get(Object(error), 'driverError') ?? error;
  const code = textOf(cause, 'code');
  // SQLSTATE classes 08 (connection), 53 (out of resources) and 57P (shutting down or starting up).
  if (NETWORK_CODES.has(code) || /^(?:08|53|57P)/.test(code)) return true;
  if (cause instanceof AggregateError) return cause.errors.some((each) => isStoreAway(each));
  if (cause instanceof Error && (REDIS_AWAY.has(cause.name) || REDIS_AWAY.has(cause.constructor.name)))
    return true;
  return (
    cause instanceof Error &&
    (LOST_TRANSACTION.test(cause.name) ||
      /Connection terminated|timeout exceeded when trying to connect/.test(cause.message))
  );
}

function textOf(value: unknown, key: string): string {
  const found: unknown = Reflect.get(Object(value), key);
  return typeof found === 'string' || typeof found === 'number' ? String(found) : '';
}
