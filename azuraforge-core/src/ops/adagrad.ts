import { tidy } from '../memory.ts';
import type { Tensor } from '../tensor.ts';
import { sharedDevice } from './compute.ts';
import { checkState, collectWork, group, requireRange, zerosBeside } from './optimizer.ts';

export interface AdagradOptions {
  lr: number;
  /** After n steps the rate is lr / (1 + n·lrDecay). Default 0. */
  lrDecay?: number;
  /** Default 1e-10. */
  eps?: number;
  weightDecay?: number;
}

/** What Adagrad remembers between steps, one entry per parameter. */
export interface AdagradState {
  steps: number[];
  squareSums: Tensor[];
}

export function createAdagradState(parameters: readonly Tensor[]): AdagradState {
  return { steps: parameters.map(() => 0), squareSums: parameters.map(zerosBeside) };
}

/** One step of Adagrad in place, by torch's formulas. */
export function adagradStep(
  parameters: readonly Tensor[],
  state: AdagradState,
  options: AdagradOptions,
): void {
  const { lr, lrDecay = 0, eps = 1e-10, weightDecay = 0 } = options;
  for (const [name, value] of Object.entries({ lr, lrDecay, eps, weightDecay })) {
    requireRange('adagradStep', name, value);
  }
  checkState('adagradStep', parameters, state.squareSums);
  tidy(() => {
    const work = collectWork('adagradStep', parameters);
    for (const [taken, members] of group(work, ({ index }) => state.steps[index]!)) {
      const tensors = members.flatMap(({ index, parameter, gradient }) => [
        parameter,
        gradient,
        state.squareSums[index]!,
      ]);
      sharedDevice('adagradStep', tensors).run(
        { kind: 'adagrad', sizes: members.map(({ parameter }) => parameter.size) },
        tensors.map((tensor) => tensor.storage.buffer),
        [lr / (1 + taken * lrDecay), eps, weightDecay],
      );
      for (const { index, parameter } of members) {
        state.steps[index] = taken + 1;
        parameter.storage.markChanged();
      }
    }
  });
}
