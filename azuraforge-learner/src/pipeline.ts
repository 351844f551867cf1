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

/** What is asked of a trained model; checked against the `inputSchema` of its training. */
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
  /** JSON Schema of `PredictionInput` for this very model. */
  inputSchema: JsonSchema;
}

/**
 * A task that can be learned: it knows its configuration, trains, and predicts from the files that training left.
 * A plugin's module default-exports an instance, whose `id` is the one in the plugin's manifest.
 */
export abstract class Pipeline<Config extends object = Record<string, unknown>> {
  abstract readonly id: string;
  /**
   * A closed TypeBox object in which every field has a title, a description and a default; translations stand beside
   * them as `'x-i18n': { tr: { title, description } }`. It makes the form, the command-line flags and the validation.
   */
  abstract readonly configSchema: TObject;

  /** Ends with CancelledError when `run.signal` aborts. */
  abstract train(run: TrainingRun<Config>): Promise<TrainingResult>;

  /** Throws PredictionInputError when the input does not fit the model, ModelFileError when a file is damaged. */
  abstract predict(files: ModelFiles, input: PredictionInput, placement?: Placement): Promise<Prediction>;

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
