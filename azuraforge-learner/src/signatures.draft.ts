// DRAFT of signatures for the pipeline side; replaced by the real files within the hour.
import type { Generator, Tensor } from 'azuraforge-core';
import type { TrainingEvent } from './event.ts';
import type { Module, TensorData } from './nn/module.ts';

// ---- layers (src/nn/*.ts). Last argument is always an options object; `generator` seeds the initial weights.
export declare class Linear extends Module {
  constructor(inFeatures: number, outFeatures: number, options?: { bias?: boolean; generator?: Generator });
  forward(input: Tensor): Tensor; // [..., in] -> [..., out]
}
export declare class LSTM extends Module {
  constructor(
    inputSize: number,
    hiddenSize: number,
    options?: { numLayers?: number; bias?: boolean; dropout?: number; generator?: Generator },
  );
  forward(input: Tensor): Tensor; // [batch, time, in] -> [batch, time, hidden]
}
export declare class LastStep extends Module {
  constructor();
  forward(input: Tensor): Tensor; // [batch, time, features] -> [batch, features]
}
export declare class Dropout extends Module {
  constructor(probability?: number, options?: { generator?: Generator });
  forward(input: Tensor): Tensor;
}
// ReLU, Tanh, Sigmoid, GELU, LeakyReLU: no required arguments.
/** `new Sequential({ lstm: new LSTM(..), last: new LastStep(), head: new Linear(..) })` names `lstm.weight_ih_l0`, `head.weight`; an array names `0.weight`. */
export declare class Sequential extends Module {
  constructor(layers: Record<string, Module> | readonly Module[]);
  forward(input: Tensor): Tensor;
}

// ---- losses (src/loss.ts)
export type Reduction = 'mean' | 'sum';
export interface Loss {
  readonly reduction: Reduction;
  forward(predicted: Tensor, target: Tensor): Tensor; // scalar
}
export declare class MSELoss implements Loss {
  constructor(options?: { reduction?: Reduction });
  readonly reduction: Reduction;
  forward(predicted: Tensor, target: Tensor): Tensor;
}
// L1Loss the same; HuberLoss has { delta?: number; reduction? }

// ---- optimizers (src/optim/*.ts): SGD, Adam, AdamW
export declare abstract class Optimizer {
  learningRate: number; // may be changed between steps
  readonly parameters: readonly Tensor[];
  step(): void;
  zeroGrad(): void;
  dispose(): void;
}
export declare class Adam extends Optimizer {
  constructor(
    parameters: readonly Tensor[],
    options?: {
      learningRate?: number;
      betas?: readonly [number, number];
      epsilon?: number;
      weightDecay?: number;
    },
  );
} // AdamW the same (weightDecay 0.01); SGD: { learningRate, momentum, dampening, nesterov, weightDecay }

// ---- trainer (src/trainer.ts)
/** Anything that can hand out inputs by index: windows over a series, rows of a table. */
export interface InputSource {
  readonly length: number;
  batch(indices: Uint32Array): { input: Tensor };
}
/** The trainer disposes the tensors of every batch. First dimension = indices.length. */
export interface Dataset extends InputSource {
  batch(indices: Uint32Array): { input: Tensor; target: Tensor };
}
export interface Values {
  data: Float32Array;
  shape: readonly number[];
}
export interface EarlyStopping {
  patience: number;
  minDelta?: number;
}
export interface TrainerOptions {
  model: Module;
  loss: Loss;
  optimizer: Optimizer;
  seed?: number;
  gradientClip?: number;
  /** Needs `validation` in fit; the best weights are restored at the end, however the run ended. */
  earlyStopping?: EarlyStopping;
}
export interface FitOptions {
  train: Dataset;
  validation?: Dataset;
  epochs: number;
  batchSize: number;
  shuffle?: boolean; // default true, seeded
  signal?: AbortSignal;
  /** Gets `run` (once), `batch` (a few per second), `epoch`, `early_stop`, `log`. Stage and preview events are the pipeline's. */
  onEvent?(event: TrainingEvent): void;
  /** Only reported in the `run` event. */
  testSamples?: number;
  /** Values for the `metrics` of each epoch event, from all validation predictions (model output space). */
  metrics?(predicted: Values, actual: Values): Record<string, number>;
  /** After each epoch's event, with the validation predictions of that epoch: the place to emit a `preview`. */
  onEpochEnd?(result: {
    epoch: number;
    best: boolean;
    predicted: Values | null;
    actual: Values | null;
  }): void | Promise<void>;
}
export interface EpochRecord {
  epoch: number;
  trainLoss: number;
  validationLoss: number | null;
  metrics: Record<string, number>;
  learningRate: number;
  seconds: number;
  best: boolean;
}
export interface TrainingHistory {
  epochs: EpochRecord[];
  bestEpoch: number;
  bestLoss: number;
  stoppedEarly: boolean;
  seconds: number;
}
export declare class Trainer {
  constructor(options: TrainerOptions);
  fit(options: FitOptions): Promise<TrainingHistory>; // throws CancelledError (name AbortError), DivergedError, ArgumentError
  evaluate(
    dataset: Dataset,
    options: { batchSize: number; signal?: AbortSignal },
  ): Promise<{ loss: number; predicted: Values; actual: Values }>;
}
export declare function predictInBatches(
  model: Module,
  source: InputSource,
  options: { batchSize: number; signal?: AbortSignal },
): Promise<Values>;

// ---- model files (src/model-file.ts)
export declare function writeSafetensors(
  tensors: Record<string, TensorData>,
  metadata?: Record<string, string>,
): Uint8Array;
export declare function readSafetensors(bytes: Uint8Array): {
  tensors: Record<string, TensorData>;
  metadata: Record<string, string>;
};
/** What model.json holds beside the architecture. */
export interface ModelDescription {
  pipelineId: string;
  preprocessing: Record<string, unknown>;
  features: string[];
  versions: Record<string, string>;
  datasetHash: string;
  seed: number;
}
/** → `{ 'model.safetensors': bytes, 'model.json': bytes }` */
export declare function saveModel(
  model: Module,
  description: ModelDescription,
): Promise<{ 'model.safetensors': Uint8Array; 'model.json': Uint8Array }>;
export declare function loadModel(files: Record<string, Uint8Array>): {
  model: Module;
  description: ModelDescription;
};
