import { record } from '../autograd.ts';
import { shapeError } from '../error.ts';
import type { MatrixOperand } from '../kernel.ts';
import { within } from '../memory.ts';
import type { Shape } from '../shape.ts';
import { broadcastShapes, broadcastStrides, sameShape, sizeOf } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { emptyLike, requireDType, sharedDevice, viewOf } from './compute.ts';
import { reduceTo } from './reduce.ts';

function matrixOperand(tensor: Tensor, batch: Shape): MatrixOperand {
  const { shape, strides, offset } = tensor.layout;
  const rank = shape.length;
  const outer = { shape: shape.slice(0, -2), strides: strides.slice(0, -2), offset };
  return {
    batchStrides: broadcastStrides(outer, batch),
    rowStride: strides[rank - 2]!,
    columnStride: strides[rank - 1]!,
    offset,
  };
}

/** a [...batch, m, k] · b [...batch, k, n] (+ bias [n]); batches broadcast. Outside of the graph. */
export function computeMatmul(op: string, a: Tensor, b: Tensor, bias: Tensor | null = null): Tensor {
  const device = sharedDevice(op, bias === null ? [a, b] : [a, b, bias]);
  const batch = broadcastShapes(op, [a.shape.slice(0, -2), b.shape.slice(0, -2)]);
  const [m, k, n] = [a.shape.at(-2)!, a.shape.at(-1)!, b.shape.at(-1)!];
  const output = emptyLike(op, a, [...batch, m, n], 'float32');
  if (output.size === 0) return output;
  device.run(
    {
      kind: 'matmul',
      batch,
      m,
      n,
      k,
      a: matrixOperand(a, batch),
      b: matrixOperand(b, batch),
      bias: bias === null ? null : { stride: bias.layout.strides[0]!, offset: bias.layout.offset },
    },
    [a, b, ...(bias === null ? [] : [bias]), output].map((tensor) => tensor.storage.buffer),
  );
  return output;
}

/**
 * The matrix product over the last two axes; leading axes broadcast. A vector counts as one row on the left and as one
 * column on the right, and its axis is dropped from the result (torch.matmul).
 */
export function matmul(a: Tensor, b: Tensor): Tensor {
  requireDType('matmul', 'the left side', a, 'float32');
  requireDType('matmul', 'the right side', b, 'float32');
  if (a.ndim === 0 || b.ndim === 0)
    throw shapeError('matmul', [a.shape, b.shape], 'no scalars; use mul for them');
  const inner = b.shape.at(b.ndim === 1 ? 0 : -2);
  if (a.shape.at(-1) !== inner) {
    throw shapeError(
      'matmul',
      [a.shape, b.shape],
      `${inner} columns on the left, as many as the right has rows`,
    );
  }
  if (a.ndim === 1) return within('matmul', () => matmul(a.unsqueeze(0), b).squeeze(b.ndim === 1 ? 0 : -2));
  if (b.ndim === 1) return within('matmul', () => matmul(a, b.unsqueeze(1)).squeeze(-1));

  const output = computeMatmul('matmul', a, b);
  return record('matmul', [a, b], [output], [a, b], ([g], [left, right], needs) => [
    needs[0] ? fitBatch(computeMatmul('matmul', g!, right!.transpose(-2, -1)), left!.shape) : null,
    needs[1] ? fitBatch(computeMatmul('matmul', left!.transpose(-2, -1), g!), right!.shape) : null,
  ])[0];
}

function fitBatch(gradient: Tensor, shape: Shape): Tensor {
  return sameShape(gradient.shape, shape) ? gradient : reduceTo(gradient, shape);
}

/** x [..., in] · weightᵀ + bias; weight is [out, in] and bias [out], as torch's Linear stores them. */
export function linear(x: Tensor, weight: Tensor, bias: Tensor | null = null): Tensor {
  for (const tensor of [x, weight, ...(bias === null ? [] : [bias])]) {
    requireDType('linear', 'an argument', tensor, 'float32');
  }
  if (weight.ndim !== 2 || x.ndim === 0 || x.shape.at(-1) !== weight.shape[1]) {
    throw shapeError('linear', [x.shape, weight.shape], 'input [..., in] and weight [out, in]');
  }
  const [features, width] = [weight.shape[0]!, weight.shape[1]!];
  if (bias !== null && !sameShape(bias.shape, [features])) {
    throw shapeError('linear', [weight.shape, bias.shape], `a bias of shape [${features}]`);
  }
  if (x.ndim !== 2) {
    const lead = x.shape.slice(0, -1);
    return within('linear', () =>
      linear(x.reshape([sizeOf(lead), width]), weight, bias).reshape([...lead, features]),
    );
  }
  const inputs = bias === null ? [x, weight] : [x, weight, bias];
  const output = multiplyTransposed('linear', x, weight, bias);
  return record('linear', inputs, [output], [x, weight], ([g], [rows, matrix], needs) => [
    needs[0] ? computeMatmul('linear', g!, matrix!) : null,
    needs[1] ? computeMatmul('linear', g!.transpose(0, 1), rows!) : null,
    needs[2] ? g!.sum(0) : null,
  ])[0];
}

/** x [m, k] · weightᵀ (+ bias), with weight [n, k]. Outside of the graph. */
export function multiplyTransposed(op: string, x: Tensor, weight: Tensor, bias: Tensor | null): Tensor {
  const { shape, strides, offset } = weight.layout;
  const turned = viewOf(op, weight, { shape: shape.toReversed(), strides: strides.toReversed(), offset });
  const output = computeMatmul(op, x, turned, bias);
  turned.dispose();
  return output;
}
