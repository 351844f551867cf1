import type { DeviceBuffer } from '../backend.ts';
import type { Kernel } from '../kernel.ts';
import type { TracedCommand } from './tracer.ts';

/** How many buffers at the end of its list a kernel writes, without reading them. */
const WRITTEN: Record<Exclude<Kernel, { sizes: readonly number[] }>['kind'], number> = {
  elementwise: 1,
  reduce: 1,
  matmul: 1,
  gather: 1,
  scatterAdd: 1,
  random: 1,
  lstmForward: 3,
  lstmBackward: 3,
  gruForward: 2,
  gruBackward: 3,
  attentionForward: 2,
  attentionBackward: 3,
  conv2d: 1,
  conv2dInputGradient: 1,
  conv2dWeightGradient: 1,
  maxPool2d: 2,
  maxPool2dGradient: 1,
  avgPool2d: 1,
  avgPool2dGradient: 1,
};

export interface Access {
  readonly reads: readonly DeviceBuffer[];
  readonly writes: readonly DeviceBuffer[];
}

/** Which buffers a command reads and writes; optimizers do both, to all but the gradients. */
export function accessOf({ kernel, buffers }: TracedCommand): Access {
  if ('sizes' in kernel) {
    const perParameter = buffers.length / kernel.sizes.length;
    return { reads: buffers, writes: buffers.filter((_, i) => i % perParameter !== 1) };
  }
  const first = buffers.length - WRITTEN[kernel.kind];
  return { reads: buffers.slice(0, first), writes: buffers.slice(first) };
}
