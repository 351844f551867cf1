import { noGrad } from '../autograd.ts';
import { inputError, shapeError } from '../error.ts';
import { binary, input } from '../expression.ts';
import { outsideScopes, within } from '../memory.ts';
import { recordWith } from '../recording.ts';
import { isContiguous, sameShape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { computeReduce, requireDType, requireTensors, sharedDevice, storageOf } from './compute.ts';
import { stack } from './shape.ts';

/** A number, or a function that is asked for it at every step, captured ones included: for schedules. */
export type Setting = number | (() => number);

export interface SgdOptions {
  lr: Setting;
  momentum?: number;
  dampening?: number;
  weightDecay?: Setting;
  nesterov?: boolean;
}

/** What SGD remembers between steps; null for a parameter that has not been stepped with momentum yet. */
export interface SgdState {
  velocities: (Tensor | null)[];
}

export interface AdamOptions {
  lr: Setting;
  /** Default [0.9, 0.999]. */
  betas?: readonly [number, number];
  /** Default 1e-8. */
  eps?: number;
  /** Default 0 for Adam and 0.01 for AdamW. */
  weightDecay?: Setting;
}

/** What Adam remembers between steps, one entry per parameter. */
export interface AdamState {
  steps: number[];
  firstMoments: Tensor[];
  secondMoments: Tensor[];
}

/** A parameter with its gradient and its place in the list. */
export interface Work {
  readonly index: number;
  readonly parameter: Tensor;
  readonly gradient: Tensor;
}

/** The parameters that have a gradient; the others stay as they are, as in torch. */
export function collectWork(op: string, parameters: readonly Tensor[]): Work[] {
  return parameters.flatMap((parameter, index) => {
    storageOf(op, parameter);
    requireDType(op, 'a parameter', parameter, 'float32');
    if (parameter.origin !== null || parameter.layout.offset !== 0 || !isContiguous(parameter.layout)) {
      throw inputError(
        op,
        'a parameter must be a leaf with a buffer of its own, not a view or the result of an op',
        {
          shape: parameter.shape,
        },
      );
    }
    const { grad } = parameter;
    if (grad === null || parameter.size === 0) return [];
    const isPlain = grad.layout.offset === 0 && isContiguous(grad.layout);
    return [{ index, parameter, gradient: isPlain ? grad : grad.detach().clone() }];
  });
}

export function checkState(
  op: string,
  parameters: readonly Tensor[],
  kept: readonly (Tensor | null)[],
): void {
  requireTensors(op, parameters);
  if (kept.length !== parameters.length) {
    const counts = `${kept.length} parameters, not for these ${parameters.length}`;
    throw inputError(op, `the state was made for other parameters, ${counts}; create it from this list`);
  }
  for (const [i, tensor] of kept.entries()) {
    if (tensor === null) continue;
    const { shape } = parameters[i]!;
    sharedDevice(op, [parameters[i]!, tensor]);
    requireDType(op, 'the state', tensor, 'float32');
    if (!sameShape(tensor.shape, shape)) {
      const expected = `[${shape.join(', ')}], as its parameter has; the state was made for other parameters`;
      throw shapeError(op, [tensor.shape], expected);
    }
  }
}

export function requireRange(op: string, name: string, value: number, below = Infinity): void {
  if (!(value >= 0 && value < below)) {
    throw inputError(
      op,
      `${name} must be at least 0${below === Infinity ? '' : ` and below ${below}`}, got ${value}`,
    );
  }
}

/** Checks what is known before the first step. */
export function checkSetting(op: string, name: string, setting: Setting): void {
  if (typeof setting === 'number') requireRange(op, name, setting);
  else if (typeof setting !== 'function') {
    throw inputError(op, `${name} must be a number or a function that gives one, got ${String(setting)}`);
  }
}

/** The setting as it is now. */
export function readSetting(op: string, name: string, setting: Setting): number {
  if (typeof setting === 'number') return setting;
  const value = setting();
  requireRange(op, name, value);
  return value;
}

export function group<T>(items: readonly Work[], keyOf: (item: Work) => T): Map<T, Work[]> {
  const groups = new Map<T, Work[]>();
  for (const item of items) {
    const key = keyOf(item);
    const members = groups.get(key);
    if (members === undefined) groups.set(key, [item]);
    else members.push(item);
  }
  return groups;
}

/** What an optimizer starts from. Made at once even while a step is captured, whose replays must not make it again. */
export function zerosBeside(op: string, tensors: readonly Tensor[]): Tensor[] {
  requireTensors(op, tensors);
  return recordWith(null, () =>
    outsideScopes(() => within(op, () => tensors.map((tensor) => tensor.filledLike(0)))),
  );
}

/** Velocities that no step was taken with yet: a step that fails leaves such behind. */
const unusedVelocities = new WeakSet<Tensor>();

export function createSgdState(parameters: readonly Tensor[]): SgdState {
  return { velocities: parameters.map(() => null) };
}

/** Gives each of the parameters a velocity that has none yet. */
function addVelocities(work: readonly Work[], { velocities }: SgdState): void {
  const newcomers = work.filter(({ index }) => velocities[index] === null);
  const zeros = zerosBeside(
    'sgdStep',
    newcomers.map(({ parameter }) => parameter),
  );
  for (const [i, { index }] of newcomers.entries()) {
    velocities[index] = zeros[i]!;
    unusedVelocities.add(zeros[i]!);
  }
}

/** One step of stochastic gradient descent in place, by torch's formulas. */
export function sgdStep(parameters: readonly Tensor[], state: SgdState, options: SgdOptions): void {
  const { lr, momentum = 0, dampening = 0, weightDecay = 0, nesterov = false } = options;
  checkSetting('sgdStep', 'lr', lr);
  checkSetting('sgdStep', 'weightDecay', weightDecay);
  requireRange('sgdStep', 'momentum', momentum);
  if (nesterov && (momentum <= 0 || dampening !== 0)) {
    throw inputError('sgdStep', 'nesterov needs a momentum above 0 and no dampening', {
      momentum,
      dampening,
    });
  }
  checkState('sgdStep', parameters, state.velocities);
  const hasMomentum = momentum !== 0;
  within('sgdStep', () => {
    const work = collectWork('sgdStep', parameters);
    if (hasMomentum) addVelocities(work, state);
    for (const members of group(
      work,
      ({ index }) => hasMomentum && unusedVelocities.has(state.velocities[index]!),
    ).values()) {
      const velocities = hasMomentum ? members.map(({ index }) => state.velocities[index]!) : [];
      const tensors = members.flatMap(({ parameter, gradient }, i) =>
        hasMomentum ? [parameter, gradient, velocities[i]!] : [parameter, gradient],
      );
      sharedDevice('sgdStep', tensors).run(
        {
          kind: 'sgd',
          sizes: members.map(({ parameter }) => parameter.size),
          momentum: hasMomentum,
          nesterov,
        },
        tensors.map((tensor) => tensor.storage.buffer),
        () => {
          const rate = readSetting('sgdStep', 'lr', lr);
          const decay = readSetting('sgdStep', 'weightDecay', weightDecay);
          // The first velocity is the whole gradient, as in torch.
          const isFirst = velocities.some((velocity) => unusedVelocities.has(velocity));
          for (const velocity of velocities) unusedVelocities.delete(velocity);
          return [rate, momentum, isFirst ? 0 : dampening, decay];
        },
      );
      for (const { parameter } of members) parameter.storage.markChanged();
    }
  });
}

export function createAdamState(parameters: readonly Tensor[]): AdamState {
  const moments = zerosBeside('createAdamState', [...parameters, ...parameters]);
  return {
    steps: parameters.map(() => 0),
    firstMoments: moments.slice(0, parameters.length),
    secondMoments: moments.slice(parameters.length),
  };
}

function adam(
  op: string,
  decoupled: boolean,
  parameters: readonly Tensor[],
  state: AdamState,
  options: AdamOptions,
): void {
  const { lr, betas = [0.9, 0.999], eps = 1e-8, weightDecay = 0 } = options;
  checkSetting(op, 'lr', lr);
  checkSetting(op, 'weightDecay', weightDecay);
  requireRange(op, 'betas[0]', betas[0], 1);
  requireRange(op, 'betas[1]', betas[1], 1);
  requireRange(op, 'eps', eps);
  checkState(op, parameters, state.firstMoments);
  checkState(op, parameters, state.secondMoments);
  within(op, () => {
    const work = collectWork(op, parameters);
    for (const members of group(work, ({ index }) => state.steps[index]!).values()) {
      const tensors = members.flatMap(({ index, parameter, gradient }) => [
        parameter,
        gradient,
        state.firstMoments[index]!,
        state.secondMoments[index]!,
      ]);
      const indices = members.map(({ index }) => index);
      sharedDevice(op, tensors).run(
        { kind: 'adam', sizes: members.map(({ parameter }) => parameter.size), decoupled },
        tensors.map((tensor) => tensor.storage.buffer),
        () => {
          const rate = readSetting(op, 'lr', lr);
          const decay = readSetting(op, 'weightDecay', weightDecay);
          const step = state.steps[indices[0]!]! + 1;
          for (const index of indices) state.steps[index] = step;
          return [rate, betas[0], betas[1], eps, decay, 1 - betas[0] ** step, 1 - betas[1] ** step];
        },
      );
      for (const { parameter } of members) parameter.storage.markChanged();
    }
  });
}

/** One step of Adam in place, by torch's formulas; weight decay adds to the gradient. */
export function adamStep(parameters: readonly Tensor[], state: AdamState, options: AdamOptions): void {
  adam('adamStep', false, parameters, state, options);
}

/** One step of AdamW in place, by torch's formulas; weight decay shrinks the parameters. */
export function adamwStep(parameters: readonly Tensor[], state: AdamState, options: AdamOptions): void {
  adam('adamwStep', true, parameters, state, { weightDecay: 0.01, ...options });
}

/** Drops the gradients of all parameters. */
export function zeroGrad(parameters: readonly Tensor[]): void {
  for (const parameter of parameters) parameter.grad = null;
}

/**
 * Scales all gradients together so that their common 2-norm is at most `maxNorm`, as torch's clip_grad_norm_. Returns the
 * norm before, a scalar; nothing is read from the device.
 */
export function clipGradNorm(parameters: readonly Tensor[], maxNorm: number): Tensor {
  requireRange('clipGradNorm', 'maxNorm', maxNorm);
  for (const parameter of parameters) {
    storageOf('clipGradNorm', parameter);
    requireDType('clipGradNorm', 'a parameter', parameter, 'float32');
  }
  const owners = parameters.filter((parameter) => parameter.grad !== null);
  if (owners.length === 0) throw inputError('clipGradNorm', 'no parameter has a gradient');
  sharedDevice('clipGradNorm', owners);
  return noGrad(() =>
    within('clipGradNorm', () => {
      const x = input(0);
      const squares = owners.map(({ grad }) =>
        computeReduce('clipGradNorm', [grad!], binary('mul', x, x), {
          axes: grad!.shape.map((_, axis) => axis),
          keepdim: false,
          reducer: 'sum',
          dtype: 'float32',
        }),
      );
      const norm = stack(squares).sum().sqrt();
      const factor = norm.add(1e-6).pow(-1).mul(maxNorm).clamp(-Infinity, 1);
      const clipped = owners.map(({ grad }) => grad!.mul(factor));
      for (const [i, owner] of owners.entries()) owner.grad = clipped[i]!;
      return norm;
    }),
  );
}
