import { ERROR_STATUS } from 'azuraforge-dbmodels/contract';
import type { ErrorCode, FieldError } from 'azuraforge-dbmodels/contract';

/** Failures that no server names: it did not answer, or its answer makes no sense. */
export type ClientErrorCode = 'NETWORK' | 'UNEXPECTED_ANSWER';

interface ApiErrorParts {
  code: ErrorCode | ClientErrorCode;
  /** HTTP status; 0 when there was no answer. */
  status: number;
  message: string;
  details?: FieldError[];
  requestId?: string;
}

/** Every failure of a request, whatever went wrong, in the shape of the contract's envelope. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly code: ErrorCode | ClientErrorCode;
  readonly status: number;
  readonly details: FieldError[];
  readonly requestId: string | null;

  constructor(parts: ApiErrorParts, options?: ErrorOptions) {
    super(parts.message, options);
    this.code = parts.code;
    this.status = parts.status;
    this.details = parts.details ?? [];
    this.requestId = parts.requestId ?? null;
  }

  /** Whether the reader has to sign in (again). */
  get needsSignIn(): boolean {
    return this.code === 'TOKEN_MISSING' || this.code === 'TOKEN_INVALID' || this.code === 'TOKEN_EXPIRED';
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function isErrorCode(value: unknown): value is ErrorCode {
  return typeof value === 'string' && Object.hasOwn(ERROR_STATUS, value);
}

function isFieldError(value: unknown): value is FieldError {
  return isRecord(value) && typeof value.path === 'string' && typeof value.message === 'string';
}

/** Reads the contract's error envelope; anything else becomes `UNEXPECTED_ANSWER`. */
export function errorFromAnswer(status: number, body: unknown): ApiError {
  const error = isRecord(body) ? body.error : undefined;
  if (!isRecord(error) || !isErrorCode(error.code)) {
    const said = isRecord(error) && typeof error.message === 'string' ? error.message : '';
    return new ApiError({
      code: 'UNEXPECTED_ANSWER',
      status,
      message: said || `The server answered with status ${status} and no known error.`,
    });
  }
  return new ApiError({
    code: error.code,
    status,
    message: typeof error.message === 'string' ? error.message : error.code,
    details: Array.isArray(error.details) ? error.details.filter(isFieldError) : [],
    requestId: typeof error.request_id === 'string' ? error.request_id : undefined,
  });
}
