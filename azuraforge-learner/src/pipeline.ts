import type { DeviceChoice } from 'azuraforge-core';
import type { TObject } from 'typebox';
import { Default } from 'typebox/value';
import { ConfigError } from './error.ts';
import type { TrainingEvent } from './event.ts';
import { schemaProblems } from './pipeline/schema-check.ts';
import type { Report } from './report.ts';

/** A JSON Schema (draft 2020-12). */
export type JsonSchema = Record<string, unknown>;

/** Content of a model folder by file name; never anything that runs code when loaded. */
export type ModelFiles = Record<string, Uint8Array>;

/** What is asked of a trained forecaster; checked against the `inputSchema` of its training. */
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

/** What is asked of a trained model that judges samples one by one. */
export interface RowsInput {
  rows: Record<string, unknown>[];
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

/** What is asked of a trained generator of text: how to go on after `prompt`. */
export interface GenerationInput {
  prompt: string;
  /** How many tokens to add. */
  max_tokens?: number;
  /** Below 1 the text is more predictable, above 1 less; 0 always takes the likeliest token. */
  temperature?: number;
  /** Draws from so many of the likeliest tokens alone; 0 for all. */
  top_k?: number;
  /** Draws from the likeliest tokens alone that together reach this probability. */
  top_p?: number;
  /** The same seed and input give the same text; drawn by chance when left out. */
  seed?: number;
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

/** What is asked of a trained generator of audio. */
export interface AudioInput {
  /** How much to make. */
  seconds?: number;
  /** Below 1 the sound is more predictable, above 1 less; 0 always takes the likeliest sample. */
  temperature?: number;
  /** Draws from so many of the likeliest levels alone; 0 for all. */
  top_k?: number;
  /** Draws from the likeliest levels alone that together reach this probability. */
  top_p?: number;
  /** The same seed and input give the same sound; drawn by chance when left out. */
  seed?: number;
  /** A WAV file in base64 to go on from; silence when left out. */
  prompt_audio?: string;
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

/** Where a pipeline computes. */
export interface Placement {
  /** This program's default device when left out. */
  device?: DeviceChoice;
}

/** One run of a pipeline: what to do, how to stop it, whom to tell. */
export interface TrainingRun<Config = Record<string, unknown>> extends Placement {
  config: Config;
  signal: AbortSignal;
  onEvent(event: TrainingEvent): void;
}

export interface TrainingResult {
  /** `model.safetensors`, `model.json`, `report.json`. */
  files: ModelFiles;
  report: Report;
  /** JSON Schema of what this very model is asked. */
  inputSchema: JsonSchema;
  /** JSON Schema of what it answers. */
  outputSchema: JsonSchema;
}

/**
 * A task that can be learned: it knows its configuration, trains, and predicts from the files that training left.
 * A plugin's module default-exports an instance, whose `id` is the one in the plugin's manifest.
 */
export abstract class Pipeline<
  Config extends object = Record<string, unknown>,
  Input = PredictionInput,
  Answer = Prediction,
> {
  abstract readonly id: string;
  /** Ids of the sections that each of its reports has, in this order; others may stand between them. */
  readonly reportSections: readonly string[] = [];
  /**
   * A closed TypeBox object in which every field has a title, a description and a default; translations stand beside
   * them as `'x-i18n': { tr: { title, description } }`. It makes the form, the command-line flags and the validation.
   */
  abstract readonly configSchema: TObject;

  /** Ends with CancelledError when `run.signal` aborts. */
  abstract train(run: TrainingRun<Config>): Promise<TrainingResult>;

  /** Throws PredictionInputError when the input does not fit the model, ModelFileError when a file is damaged. */
  abstract predict(files: ModelFiles, input: Input, placement?: Placement): Promise<Answer>;

  /** The defaults of the schema as a configuration of their own. */
  defaultConfig(): Config {
    return this.validateConfig(Default(this.configSchema, {}));
  }

  /** A copy of `value`, known to fit the schema. Throws ConfigError whose details name every wrong field. */
  validateConfig(value: unknown): Config {
    const problems = schemaProblems(this.configSchema, value);
    if (problems.length > 0) {
      const fields = problems.map(({ path, message }) => (path ? `${path}: ${message}` : message));
      throw new ConfigError(`The configuration of ${this.id} is not valid. ${fields.join(' ')}`, problems);
    }
    return structuredClone(value as Config);
  }
}

/** A pipeline of any kind, of which it is not known what it asks and answers. */
export type AnyPipeline<Config extends object = object> = Pipeline<Config, never, unknown>;
