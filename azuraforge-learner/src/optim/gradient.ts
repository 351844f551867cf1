import { noGrad, stack, tidy } from 'azuraforge-core';
import type { Tensor } from 'azuraforge-core';
import { checkRange } from '../argument.ts';
import { ArgumentError } from '../error.ts';

/** The 2-norm of all gradients together, a scalar on the device. Throws ArgumentError when no parameter has a gradient. */
export function gradientNorm(parameters: readonly Tensor[]): Tensor {
  return tidy(() =>
    noGrad(() => {
      const squares = parameters.flatMap(({ grad }) => (grad ? [grad.square().sum()] : []));
      if (squares.length === 0)
        throw new ArgumentError('No parameter has a gradient; call backward() first.');
      return stack(squares).sum().sqrt();
    }),
  );
}

/** Brings every number of every gradient into −limit … limit, as torch's clip_grad_value_. */
export function clipGradValue(parameters: readonly Tensor[], limit: number): void {
  checkRange('limit', limit, { above: 0 });
  noGrad(() => {
    for (const parameter of parameters) {
      if (parameter.grad) parameter.grad = parameter.grad.clamp(-limit, limit);
    }
  });
}
