import type { JsonSchema } from './pipeline.ts';
import type { ReportSummary } from './report.ts';

/** What a client sends to a predict route; checked against the model's own input schema. */
export interface PredictionInput {
  /** How many steps ahead; the model's full horizon when left out. */
  steps?: number;
  /** The latest observations, oldest first; the end of the training data when left out. */
  rows?: Record<string, unknown>[];
}

/** A forecast, always beside the naive one. */
export interface Prediction {
  pipeline_id: string;
  target: string;
  unit?: string;
  /** The last observations before the forecast, for the drawing. */
  history: { label: string; value: number }[];
  steps: { label: string; value: number; naive: number }[];
}

/** A trained model as `GET /models` lists it. */
export interface ModelListItem {
  id: string;
  experiment_id: string;
  pipeline_id: string;
  name: string;
  summary: ReportSummary | null;
  created_at: string;
}

export interface ModelDetail extends ModelListItem {
  /** JSON Schema of `PredictionInput` for this very model (columns, rows needed, horizon). */
  input_schema: JsonSchema;
  size_bytes: number;
}
