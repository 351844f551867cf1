import type { GradientRule } from '../autograd.ts';
import { record } from '../autograd.ts';
import type { Device } from '../device.ts';
import { inputError, shapeError } from '../error.ts';
import { constant, input, scalar, select } from '../expression.ts';
import type { AttentionForwardKernel, Operand } from '../kernel.ts';
import { within } from '../memory.ts';
import { broadcastShapes, reshapeLayout, sameShape, sizeOf } from '../shape.ts';
import type { Shape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { computeElementwise, emptyLike, packed, requireDType, sharedDevice } from './compute.ts';

const OP = 'scaledDotProductAttention';

export interface AttentionOptions {
  /**
   * Broadcasts to [..., queries, keys]. float32 is added to the scores; of int32 (as comparisons make it) a 0 hides the key.
   * No gradient flows to it.
   */
  readonly mask?: Tensor | null;
  /** Query i sees keys 0 to i alone. Default false. */
  readonly isCausal?: boolean;
  /** What the scores are multiplied by. Default 1 / √width. */
  readonly scale?: number;
}

/**
 * softmax(query · keyᵀ · scale + mask) · value over the last two axes: query [..., queries, width], key [..., keys, width],
 * value [..., keys, valueWidth] with equal leading axes give [..., queries, valueWidth]. A query that sees no key gets zeros
 * (and no gradient). The scores are never held as a whole.
 */
export function scaledDotProductAttention(
  query: Tensor,
  key: Tensor,
  value: Tensor,
  options: AttentionOptions = {},
): Tensor {
  const { isCausal = false, mask = null } = options;
  const inputs = [query, key, value];
  const device = sharedDevice(OP, mask === null ? inputs : [...inputs, mask]);
  const shape = checkAttention(query, key, value, mask);
  const [queries, width, keys, valueWidth] = [
    query.shape.at(-2)!,
    query.shape.at(-1)!,
    key.shape.at(-2)!,
    value.shape.at(-1)!,
  ];
  const scale = options.scale ?? 1 / Math.sqrt(width);
  if (!Number.isFinite(scale)) throw inputError(OP, `the scale must be a finite number, got ${scale}`);
  return within(OP, () => {
    if (sizeOf(shape) === 0 || keys === 0) {
      return record(OP, inputs, [query.filledLike(0, shape)], inputs, (_, saved) =>
        saved.map((tensor) => tensor.filledLike(0)),
      )[0];
    }
    const lead = query.shape.slice(0, -2);
    const heads = lead.at(-1) ?? 1;
    const batch = sizeOf(lead) / heads;
    const added =
      mask === null ? null : addedMask(mask, [...lead, queries, keys], [batch, heads, queries, keys]);
    const kernel: AttentionForwardKernel = {
      kind: 'attentionForward',
      batch,
      heads,
      queries,
      keys,
      width,
      valueWidth,
      scale,
      causal: isCausal,
      mask: added?.operand ?? null,
    };
    const masks = added === null ? [] : [added.tensor];
    const read = [...inputs.map((tensor) => packed(OP, tensor)), ...masks];
    const output = emptyLike(OP, query, shape, 'float32');
    const logsumexp = emptyLike(OP, query, shape.slice(0, -1), 'float32');
    device.run(
      kernel,
      [...read, output, logsumexp].map((tensor) => tensor.storage.buffer),
    );
    return record(OP, inputs, [output], [...read, output, logsumexp], attentionRule(device, kernel))[0];
  });
}

/** Saved are the forward kernel's buffers. */
function attentionRule(device: Device, kernel: AttentionForwardKernel): GradientRule {
  return ([g], saved) => {
    const gradients = saved.slice(0, 3).map((tensor) => emptyLike(OP, tensor, tensor.shape, 'float32'));
    device.run(
      { ...kernel, kind: 'attentionBackward' },
      [...saved, packed(OP, g!), ...gradients].map((tensor) => tensor.storage.buffer),
    );
    return gradients;
  };
}

/** The mask as numbers to add, with the strides by which it is walked over the kernel's four axes. */
function addedMask(mask: Tensor, full: Shape, axes: Shape): { tensor: Tensor; operand: Operand } {
  const hiding = select(input(0), constant(0), scalar(0));
  const numbers =
    mask.dtype === 'float32'
      ? mask
      : computeElementwise(OP, [mask], hiding, { dtype: 'float32', scalars: [-Infinity] });
  const stretched = numbers.expand(full);
  const layout = reshapeLayout(stretched.layout, axes);
  if (layout === null) {
    const tensor = stretched.contiguous().reshape(axes);
    return { tensor, operand: { dtype: 'float32', strides: tensor.layout.strides, offset: 0 } };
  }
  return { tensor: stretched, operand: { dtype: 'float32', strides: layout.strides, offset: layout.offset } };
}

/** Refuses what does not fit together; returns the shape of the result. */
function checkAttention(query: Tensor, key: Tensor, value: Tensor, mask: Tensor | null): Shape {
  const shapes = [query.shape, key.shape, value.shape];
  for (const tensor of [query, key, value]) requireDType(OP, 'an argument', tensor, 'float32');
  const lead = query.shape.slice(0, -2);
  const fits =
    shapes.every((shape) => shape.length >= 2 && sameShape(shape.slice(0, -2), lead)) &&
    query.shape.at(-1) === key.shape.at(-1) &&
    query.shape.at(-1) !== 0 &&
    key.shape.at(-2) === value.shape.at(-2);
  if (!fits) {
    throw shapeError(
      OP,
      shapes,
      'query [..., queries, width], key [..., keys, width] and value [..., keys, valueWidth] with equal leading axes',
    );
  }
  const scores = [...lead, query.shape.at(-2)!, key.shape.at(-2)!];
  if (mask !== null) {
    if (!sameShape(broadcastShapes(OP, [mask.shape, scores]), scores)) {
      throw shapeError(OP, [mask.shape], `a mask that stretches to [${scores.join(', ')}]`);
    }
    if (mask.requiresGrad) {
      throw inputError(OP, 'the mask gets no gradient; pass mask.detach()', { mask: mask.shape });
    }
  }
  return [...query.shape.slice(0, -1), value.shape.at(-1)!];
}
