import type { DType, Tensor } from 'azuraforge-core';
import { ArgumentError } from '../error.ts';

/** Throws ArgumentError, naming the layer and what it takes, unless the input `fits` and has the dtype. */
export function checkInput(
  layer: string,
  input: Tensor,
  { takes, fits, dtype = 'float32' }: { takes: string; fits: boolean; dtype?: DType },
): void {
  if (fits && input.dtype === dtype) return;
  throw new ArgumentError(
    `${layer} takes ${takes} of ${dtype} and was given the shape [${input.shape.join(', ')}] of ${input.dtype}.`,
  );
}
