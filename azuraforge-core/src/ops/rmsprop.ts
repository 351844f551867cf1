import { within } from '../memory.ts';
import type { Tensor } from '../tensor.ts';
import { sharedDevice } from './compute.ts';
import type { Setting } from './optimizer.ts';
import {
  checkSetting,
  checkState,
  collectWork,
  readSetting,
  requireRange,
  zerosBeside,
} from './optimizer.ts';

export interface RmspropOptions {
  lr: Setting;
  /** How much of the mean of squares stays at each step. Default 0.99. */
  alpha?: number;
  /** Default 1e-8. */
  eps?: number;
  weightDecay?: Setting;
  momentum?: number;
  /** Whether to divide by the gradient's deviation from its mean instead of by its size. */
  centered?: boolean;
}

/** What RMSprop remembers between steps; null for what its options have not asked for yet. */
export interface RmspropState {
  squareAverages: Tensor[];
  gradientAverages: (Tensor | null)[];
  velocities: (Tensor | null)[];
}

export function createRmspropState(parameters: readonly Tensor[]): RmspropState {
  return {
    squareAverages: zerosBeside('createRmspropState', parameters),
    gradientAverages: parameters.map(() => null),
    velocities: parameters.map(() => null),
  };
}

/** One step of RMSprop in place, by torch's formulas. */
export function rmspropStep(
  parameters: readonly Tensor[],
  state: RmspropState,
  options: RmspropOptions,
): void {
  const { lr, alpha = 0.99, eps = 1e-8, weightDecay = 0, momentum = 0, centered = false } = options;
  checkSetting('rmspropStep', 'lr', lr);
  checkSetting('rmspropStep', 'weightDecay', weightDecay);
  requireRange('rmspropStep', 'alpha', alpha);
  requireRange('rmspropStep', 'eps', eps);
  requireRange('rmspropStep', 'momentum', momentum);
  for (const kept of [state.squareAverages, state.gradientAverages, state.velocities]) {
    checkState('rmspropStep', parameters, kept);
  }
  within('rmspropStep', () => {
    const work = collectWork('rmspropStep', parameters);
    if (work.length === 0) return;
    const tensors = work.flatMap(({ index, parameter, gradient }) => [
      parameter,
      gradient,
      state.squareAverages[index]!,
      ...(centered ? [(state.gradientAverages[index] ??= zerosBeside('rmspropStep', [parameter])[0]!)] : []),
      ...(momentum > 0 ? [(state.velocities[index] ??= zerosBeside('rmspropStep', [parameter])[0]!)] : []),
    ]);
    sharedDevice('rmspropStep', tensors).run(
      {
        kind: 'rmsprop',
        sizes: work.map(({ parameter }) => parameter.size),
        centered,
        momentum: momentum > 0,
      },
      tensors.map((tensor) => tensor.storage.buffer),
      () => {
        const rate = readSetting('rmspropStep', 'lr', lr);
        const decay = readSetting('rmspropStep', 'weightDecay', weightDecay);
        return [rate, alpha, eps, decay, momentum];
      },
    );
    for (const { parameter } of work) parameter.storage.markChanged();
  });
}
