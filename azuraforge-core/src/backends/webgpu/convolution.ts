import type { Conv2dInputGradientKernel, Conv2dKernel, Conv2dWeightGradientKernel } from '../../kernel.ts';
import { correlationProgram } from './convolution/correlation.ts';
import { weightGradientProgram } from './convolution/weight.ts';
import type { Lanes } from './product.ts';
import type { Program } from './program.ts';

type Conv2dAnyKernel = Conv2dKernel | Conv2dInputGradientKernel | Conv2dWeightGradientKernel;

/** A convolution, its gradients and the transposed convolution; no columns are copied for them. */
export function convolutionProgram(kernel: Conv2dAnyKernel, lanes: Lanes): Program {
  return kernel.kind === 'conv2dWeightGradient'
    ? weightGradientProgram(kernel, lanes)
    : correlationProgram(kernel, lanes);
}
