import type { JsonSchema } from './pipeline.ts';
import type { ReportSummary } from './report.ts';

/** What a client sends to a predict route; the model's own input schema says what may be in it. */
export type PredictionInput = Record<string, unknown>;

/** A forecast, always beside the naive one. */
export interface Forecast {
  pipeline_id: string;
  target: string;
  unit?: string;
  /** The last observations before the forecast, for the drawing. */
  history: { label: string; value: number }[];
  steps: { label: string; value: number; naive: number }[];
}

/** Classes of the rows that were sent, in their order, beside what one would say without looking at them. */
export interface ClassPrediction {
  pipeline_id: string;
  target: string;
  classes: string[];
  rows: {
    label: string;
    /** Of each class, in the order of `classes`. */
    probabilities: number[];
    /** Tokens at the end of a long text that the model did not read; left out where it read all. */
    cut_tokens?: number;
  }[];
  /** The shares of the classes in the training data. */
  naive: number[];
}

/** Numbers for the rows that were sent, in their order, beside what one would say without looking at them. */
export interface ValuePrediction {
  pipeline_id: string;
  target: string;
  unit?: string;
  rows: { value: number }[];
  /** The median of the training data. */
  naive: number;
}

/** A text that goes on after a prompt, and what is needed to get it again. */
export interface TextPrediction {
  pipeline_id: string;
  prompt: string;
  /** What follows the prompt. */
  text: string;
  /** How many tokens `text` was made of. */
  tokens: number;
  prompt_tokens: number;
  /** Tokens at the start of a long prompt that the model did not see. */
  cut_tokens: number;
  seed: number;
}

/** A sound, and what is needed to get it again. */
export interface AudioPrediction {
  pipeline_id: string;
  /** A WAV file in base64, without the prompt. */
  wav: string;
  sample_rate: number;
  samples: number;
  prompt_samples: number;
  seed: number;
}

/** What a plugin's own pipeline answers; more than its id is not known of it. */
export interface OtherPrediction {
  pipeline_id: string;
}

/** What a model answers. Which of these it is shows in the fields that it holds. */
export type Prediction =
  | Forecast
  | ClassPrediction
  | ValuePrediction
  | TextPrediction
  | AudioPrediction
  | OtherPrediction;

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
  /** JSON Schema of `PredictionInput` for this very model: its columns, the size of its images, its horizon. */
  input_schema: JsonSchema;
  size_bytes: number;
}
