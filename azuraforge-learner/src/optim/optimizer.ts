import { zeroGrad } from 'azuraforge-core';
import type { Tensor } from 'azuraforge-core';
import { checkRange } from '../argument.ts';
import { ArgumentError } from '../error.ts';
import { readState } from '../nn/state.ts';
import type { TensorData } from '../nn/state.ts';

/** Where an optimizer stands, for checkpoints; fit for safetensors and JSON. */
export interface OptimizerState {
  learningRate: number;
  /** Steps taken so far for each parameter; empty where the formulas need none. */
  steps: number[];
  /** Its running averages, named `<number of the parameter>.<torch's name>`. */
  tensors: Record<string, TensorData>;
}

/** Changes parameters by their gradients. */
export abstract class Optimizer {
  /** May be changed between steps. */
  learningRate: number;
  readonly parameters: readonly Tensor[];

  /** Throws ArgumentError without parameters, or with one that takes no gradient. */
  constructor(parameters: readonly Tensor[], learningRate: number) {
    if (parameters.length === 0)
      throw new ArgumentError('There is nothing to optimize; pass model.parameters().');
    if (parameters.some(({ requiresGrad }) => !requiresGrad)) {
      throw new ArgumentError('A parameter has requiresGrad = false; leave it out or switch it on.');
    }
    checkRange('learningRate', learningRate, { minimum: 0 });
    this.learningRate = learningRate;
    this.parameters = [...parameters];
  }

  /** Changes every parameter that has a gradient, in place. */
  abstract step(): void;

  /** Takes up a state that `stateDict` gave. Throws ModelFileError when it is of another optimizer or other parameters. */
  abstract loadStateDict(state: OptimizerState): void;

  /** What the optimizer remembers, by torch's names; one entry per parameter, null where there is nothing yet. */
  protected abstract averages(): Readonly<Record<string, readonly (Tensor | null)[]>>;

  /** Steps taken so far for each parameter. */
  protected steps(): readonly number[] {
    return [];
  }

  zeroGrad(): void {
    zeroGrad(this.parameters);
  }

  async stateDict(): Promise<OptimizerState> {
    return {
      learningRate: this.learningRate,
      steps: [...this.steps()],
      tensors: await readState(namedAverages(this.averages())),
    };
  }

  /** Releases what the optimizer remembers; the parameters stay. */
  dispose(): void {
    for (const tensor of Object.values(namedAverages(this.averages()))) tensor.dispose();
  }
}

/** `{ exp_avg: [a, b] }` as `{ '0.exp_avg': a, '1.exp_avg': b }`. */
export function namedAverages(
  averages: Readonly<Record<string, readonly (Tensor | null)[]>>,
): Record<string, Tensor> {
  return Object.fromEntries(
    Object.entries(averages).flatMap(([name, tensors]) =>
      tensors.flatMap((tensor, slot): [string, Tensor][] => (tensor ? [[`${slot}.${name}`, tensor]] : [])),
    ),
  );
}
