import type { Kernel } from '../kernel.ts';

/** The sizes of a kernel, for people. */
export function sizesOf(kernel: Kernel): string {
  switch (kernel.kind) {
    case 'elementwise':
      return `[${kernel.shape.join(', ')}]`;
    case 'reduce': {
      const kept = kernel.shape.filter((_, axis) => !kernel.reduced[axis]);
      return `${kernel.reducer} [${kernel.shape.join(', ')}] to [${kept.join(', ')}]`;
    }
    case 'matmul':
      return `${[...kernel.batch, kernel.m].join('×')}×${kernel.k} by ${kernel.k}×${kernel.n}`;
    case 'sgd':
    case 'adam':
    case 'rmsprop':
    case 'adagrad': {
      const { sizes } = kernel;
      return `${sizes.reduce((sum, each) => sum + each, 0)} in ${sizes.length}`;
    }
    case 'gather':
    case 'scatterAdd':
      return `[${kernel.shape.join(', ')}] along ${kernel.axis}`;
    case 'conv2d':
    case 'conv2dInputGradient':
    case 'conv2dWeightGradient': {
      const { batch, inChannels, outChannels, inputSize, outputSize, window } = kernel;
      const input = [batch, inChannels, ...inputSize].join('×');
      return `${input}, ${[outChannels, ...outputSize].join('×')} by ${window.size.join('×')}`;
    }
    case 'maxPool2d':
    case 'maxPool2dGradient':
    case 'avgPool2d':
    case 'avgPool2dGradient': {
      const { planes, inputSize, outputSize, window } = kernel;
      return `${[planes, ...inputSize].join('×')}, ${outputSize.join('×')} by ${window.size.join('×')}`;
    }
    default:
      return Object.entries(kernel)
        .flatMap(([name, value]) => (typeof value === 'number' ? [`${name} ${value}`] : []))
        .join(', ');
  }
}
