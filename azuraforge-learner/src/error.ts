/** One wrong field of a configuration or an input; `path` is in dot notation, `''` for the whole. */
export interface FieldProblem {
  path: string;
  message: string;
  /** JSON Schema keyword (`minimum`, `required`, …), for translation. */
  keyword?: string;
  /** Values that the message names (`{ limit: 1 }`), for translation. */
  params?: Record<string, unknown>;
}

/** Base of every error that this package throws on purpose. The message says what is wrong and what to do. */
export class LearnerError extends Error {
  override name = 'LearnerError';
}

/** A pipeline's configuration does not fit its schema. */
export class ConfigError extends LearnerError {
  override name = 'ConfigError';
  readonly details: FieldProblem[];

  constructor(message: string, details: FieldProblem[]) {
    super(message);
    this.details = details;
  }
}

/** What was sent for a prediction does not fit the model. */
export class PredictionInputError extends LearnerError {
  override name = 'PredictionInputError';
  readonly details: FieldProblem[];

  constructor(message: string, details: FieldProblem[]) {
    super(message);
    this.details = details;
  }
}

/** Data that cannot be learned from: empty, not finite, a missing column, shorter than the window. */
export class DataError extends LearnerError {
  override name = 'DataError';
}

/** A layer, loss, optimizer or trainer was given an argument that it cannot work with. */
export class ArgumentError extends LearnerError {
  override name = 'ArgumentError';
}

/** A state dict, safetensors or model.json that is damaged, or does not fit the model. */
export class ModelFileError extends LearnerError {
  override name = 'ModelFileError';
}

/** The loss became NaN or infinite. */
export class DivergedError extends LearnerError {
  override name = 'DivergedError';
}

/** The run was stopped through its AbortSignal; `cause` is the signal's reason. */
export class CancelledError extends LearnerError {
  override name = 'AbortError';
}
