import type { Values } from './trainer/dataset.ts';

/** A number that tells how good predictions are, gathered batch by batch outside the engine. */
export interface Metric {
  /** Its key in the `metrics` of events and records. */
  readonly name: string;
  /** Takes a batch; the first dimension of both counts its samples. Throws DataError for shapes that do not fit. */
  update(predicted: Values, actual: Values): void;
  /** The number over every batch since the last `reset`; NaN before the first. */
  compute(): number;
  /** Forgets every batch. */
  reset(): void;
}
