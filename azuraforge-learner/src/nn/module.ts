import type { Tensor } from 'azuraforge-core';

/** Base of all layers and models. */
export declare abstract class Module {
  training: boolean;
  abstract forward(input: Tensor): Tensor;
  parameters(): Tensor[];
  namedParameters(): [name: string, parameter: Tensor][];
  parameterCount(): number;
  stateDict(): Record<string, Tensor>;
  loadStateDict(state: Record<string, TensorData>): void;
  train(mode?: boolean): this;
  eval(): this;
  dispose(): void;
}
export interface TensorData {
  dtype: string;
  shape: readonly number[];
  data: Float32Array | Int32Array;
}
