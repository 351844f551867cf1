import { within } from '../memory.ts';
import type { Tensor } from '../tensor.ts';
import { sharedDevice } from './compute.ts';
import type { Setting } from './optimizer.ts';
import {
  checkSetting,
  checkState,
  collectWork,
  group,
  readSetting,
  requireRange,
  zerosBeside,
} from './optimizer.ts';

export interface AdagradOptions {
  lr: Setting;
  /** After n steps the rate is lr / (1 + n·lrDecay). Default 0. */
  lrDecay?: number;
  /** Default 1e-10. */
  eps?: number;
  weightDecay?: Setting;
}

/** What Adagrad remembers between steps, one entry per parameter. */
export interface AdagradState {
  steps: number[];
  squareSums: Tensor[];
}

export function createAdagradState(parameters: readonly Tensor[]): AdagradState {
  return { steps: parameters.map(() => 0), squareSums: zerosBeside('createAdagradState', parameters) };
}

/** One step of Adagrad in place, by torch's formulas. */
export function adagradStep(
  parameters: readonly Tensor[],
  state: AdagradState,
  options: AdagradOptions,
): void {
  const { lr, lrDecay = 0, eps = 1e-10, weightDecay = 0 } = options;
  checkSetting('adagradStep', 'lr', lr);
  checkSetting('adagradStep', 'weightDecay', weightDecay);
  requireRange('adagradStep', 'lrDecay', lrDecay);
  requireRange('adagradStep', 'eps', eps);
  checkState('adagradStep', parameters, state.squareSums);
  within('adagradStep', () => {
    const work = collectWork('adagradStep', parameters);
    for (const members of group(work, ({ index }) => state.steps[index]!).values()) {
      const tensors = members.flatMap(({ index, parameter, gradient }) => [
        parameter,
        gradient,
        state.squareSums[index]!,
      ]);
      const indices = members.map(({ index }) => index);
      sharedDevice('adagradStep', tensors).run(
        { kind: 'adagrad', sizes: members.map(({ parameter }) => parameter.size) },
        tensors.map((tensor) => tensor.storage.buffer),
        () => {
          const rate = readSetting('adagradStep', 'lr', lr);
          const decay = readSetting('adagradStep', 'weightDecay', weightDecay);
          const taken = state.steps[indices[0]!]!;
          for (const index of indices) state.steps[index] = taken + 1;
          return [rate / (1 + taken * lrDecay), eps, decay];
        },
      );
      for (const { parameter } of members) parameter.storage.markChanged();
    }
  });
}
