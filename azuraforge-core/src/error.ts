export type TensorErrorCode =
  | 'SHAPE_MISMATCH'
  | 'DTYPE_MISMATCH'
  | 'INDEX_OUT_OF_RANGE'
  | 'USE_AFTER_DISPOSE'
  | 'INVALID_INPUT'
  | 'INVALID_GRAPH'
  | 'ASYNC_SCOPE'
  | 'DEVICE_UNAVAILABLE'
  | 'DEVICE_MISMATCH'
  | 'OUT_OF_MEMORY';

export interface TensorErrorOptions {
  /** The operation that refused, by its public name. */
  op?: string;
  /** What it was given and what it expected, as plain data. */
  details?: Readonly<Record<string, unknown>>;
  cause?: unknown;
}

/**
 * Every error that this package throws on purpose. `code` is stable and meant for programs, `shortMessage` is the bare
 * sentence, `message` adds the name of the op.
 */
export class TensorError extends Error {
  override readonly name = 'TensorError';
  readonly code: TensorErrorCode;
  readonly shortMessage: string;
  readonly op: string | null;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: TensorErrorCode, shortMessage: string, options: TensorErrorOptions = {}) {
    super(options.op === undefined ? shortMessage : `${options.op}: ${shortMessage}`, {
      cause: options.cause,
    });
    this.code = code;
    this.shortMessage = shortMessage;
    this.op = options.op ?? null;
    this.details = options.details ?? {};
  }
}

export function shapeError(
  op: string,
  shapes: readonly (readonly number[])[],
  expected: string,
): TensorError {
  const given = shapes.map((shape) => `[${shape.join(', ')}]`).join(' and ');
  return new TensorError('SHAPE_MISMATCH', `got shape ${given}, expected ${expected}`, {
    op,
    details: { shapes, expected },
  });
}

export function inputError(op: string, message: string, details: Record<string, unknown> = {}): TensorError {
  return new TensorError('INVALID_INPUT', message, { op, details });
}
