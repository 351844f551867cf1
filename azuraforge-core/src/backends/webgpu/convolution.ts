import type { Conv2dInputGradientKernel, Conv2dKernel, Conv2dWeightGradientKernel } from '../../kernel.ts';
import { correlationProgram } from './convolution/correlation.ts';
import { conv2dWeightGradientProgram as w } from './convolution/weight.ts';
import type { Lanes } from './product.ts';
import type { Program } from './program.ts';
export function conv2dProgram(kernel: Conv2dKernel, lanes: Lanes): Program { return correlationProgram(kernel, lanes); }
export function conv2dInputGradientProgram(kernel: Conv2dInputGradientKernel, lanes: Lanes): Program { return correlationProgram(kernel, lanes); }
export function conv2dWeightGradientProgram(kernel: Conv2dWeightGradientKernel, lanes: Lanes): Program { return w(kernel, lanes); }
