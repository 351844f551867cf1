/**
 * What explanations have in common. Each method is a function of its own in `explain/`: it takes a model, data and options,
 * and returns plain numbers that a chart can draw and JSON can carry.
 */
import type { Tensor } from 'azuraforge-core';
import type { Module } from './nn/module.ts';
import type { Values } from './trainer/dataset.ts';

/**
 * Answers a batch of inputs `[batch, …]` with one row of outputs each: `[batch]` or `[batch, outputs]`. Anything that
 * predicts will do: a pipeline with its scaling, several models at once, a service.
 */
export type PredictFunction = (batch: Values) => Values | Promise<Values>;

/** A model, which is asked in eval mode and without gradients, or any function. */
export type Predictor = Module | PredictFunction;

/**
 * A model, which is asked in eval mode and whose weights get no gradient, or a function of a batch made of core's ops. Its
 * answer for one sample may not depend on the other samples of the batch.
 */
export type DifferentiableModel = Module | ((input: Tensor) => Tensor);

export interface ExplainOptions {
  /** Inputs that the model is given at once. Default 256. */
  batchSize?: number;
  /** Ends the explanation with a CancelledError. */
  signal?: AbortSignal;
  /** Told after each batch which part of the work is done, up to 1. */
  onProgress?: (fraction: number) => void;
}

export interface OutputOptions extends ExplainOptions {
  /** Which output to explain, from 0: the class, the step ahead. May be left out where there is one alone. */
  target?: number;
}

/** Where the prediction for one sample comes from. */
interface ExplainedOutput {
  target: number;
  /** What the model says where it knows nothing of the sample. */
  baseValue: number;
  /** What the model says of the sample. */
  prediction: number;
  /** What the method leaves unexplained: prediction − baseValue − the sum of all values. */
  remainder: number;
}

export interface FeatureValue {
  name: string;
  /** In the unit of the output: above 0 where the feature raised it, below 0 where it lowered it. */
  value: number;
  /** Standard error of the value; null where nothing was drawn by chance. */
  error: number | null;
}

/** One number for each feature. */
export interface FeatureAttribution extends ExplainedOutput {
  features: FeatureValue[];
}

/** One number for each value of the sample. */
export interface ValueAttribution extends ExplainedOutput {
  /** That of the sample: `[features]`, `[steps, features]`, `[channels, height, width]`. */
  shape: number[];
  /** Row-major, in the unit of the output; the sign as in `FeatureValue`. */
  values: number[];
  /** Standard errors of the values; null where nothing was drawn by chance. */
  errors: number[] | null;
}

/** Numbers on a grid, row after row. */
export interface HeatMap {
  shape: [rows: number, columns: number];
  values: number[];
}
