import { DataError } from '../error.ts';

/** Rows 0 to `trainEnd` are for training, up to `validationEnd` for validation, up to `rows` for the test. */
export interface ChronologicalSplit {
  trainEnd: number;
  validationEnd: number;
  rows: number;
}

/** Cuts a series in time order: oldest rows train, newest rows test. Fractions are of all rows. */
export function chronologicalSplit(
  rows: number,
  fractions: { validation: number; test: number },
): ChronologicalSplit {
  const test = Math.round(rows * fractions.test);
  const validation = Math.round(rows * fractions.validation);
  return { trainEnd: rows - test - validation, validationEnd: rows - test, rows };
}

export interface WindowShape {
  /** Rows that the model sees. */
  window: number;
  /** Rows that it forecasts. */
  horizon: number;
  /** Rows at the start of the series that have no features (1 where a feature is a change). */
  lag: number;
}

/** For each part the rows after which a forecast starts: the model sees up to the origin, the targets follow it. */
export interface WindowOrigins {
  train: Int32Array;
  validation: Int32Array;
  test: Int32Array;
}

/**
 * Every origin whose targets lie wholly inside one part. Inputs of the validation and test parts may reach back into
 * the part before, as they would in real use; no target is in two parts.
 * Throws DataError that says which part is too short and what would be long enough.
 */
export function windowOrigins(split: ChronologicalSplit, shape: WindowShape): WindowOrigins {
  const { window, horizon, lag } = shape;
  const origins = (from: number, end: number): Int32Array => {
    const first = Math.max(from - 1, window + lag - 1);
    return Int32Array.from({ length: Math.max(0, end - horizon - first) }, (_, index) => first + index);
  };
  const parts: WindowOrigins = {
    train: origins(0, split.trainEnd),
    validation: origins(split.trainEnd, split.validationEnd),
    test: origins(split.validationEnd, split.rows),
  };
  if (parts.train.length < 2) {
    throw new DataError(
      `The training part has ${split.trainEnd} rows, too few for a window of ${window} and a horizon of ${horizon} (at least ${window + lag + horizon + 1}). Lower window or horizon, or give a longer series.`,
    );
  }
  for (const name of ['validation', 'test'] as const) {
    if (parts[name].length > 0) continue;
    const rows = name === 'test' ? split.rows - split.validationEnd : split.validationEnd - split.trainEnd;
    throw new DataError(
      `The ${name} part has ${rows} rows, too few for a horizon of ${horizon}. Raise ${name}_fraction, lower horizon, or give a longer series.`,
    );
  }
  return parts;
}
