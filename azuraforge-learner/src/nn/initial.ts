import { rand, tidy } from 'azuraforge-core';
import type { Generator, Tensor } from 'azuraforge-core';

/** Makes parameters whose values are drawn evenly from −bound to bound. */
export function uniformParameters(
  bound: number,
  generator: Generator | undefined,
): (shape: readonly number[]) => Tensor {
  return (shape) => {
    const parameter = tidy(() =>
      rand(shape, { generator })
        .mul(2 * bound)
        .sub(bound),
    );
    parameter.requiresGrad = true;
    return parameter;
  };
}
