import type { AttentionBackwardKernel, AttentionForwardKernel } from '../../kernel.ts';
import type { Program } from './buffer.ts';

type AttentionKernel = AttentionForwardKernel | AttentionBackwardKernel;

function dot(a: Float32Array, atA: number, b: Float32Array, atB: number, length: number): number {
  let sum = 0;
  for (let i = 0; i < length; i++) sum += a[atA + i]! * b[atB + i]!;
  return sum;
}

/** One query: its number among all, where its rows start, and how many keys it may see. */
interface Row {
  readonly index: number;
  readonly query: number;
  readonly key: number;
  readonly value: number;
  readonly output: number;
  readonly visible: number;
  /** Where its part of the mask starts. */
  readonly mask: number;
}

function* rowsOf(kernel: AttentionKernel): Generator<Row> {
  const { batch, heads, queries, keys, width, valueWidth, causal } = kernel;
  const [perBatch, perHead, perQuery] = kernel.mask?.strides ?? [];
  let index = 0;
  for (let b = 0; b < batch; b++) {
    for (let h = 0; h < heads; h++) {
      for (let i = 0; i < queries; i++, index++) {
        const head = b * heads + h;
        yield {
          index,
          query: index * width,
          key: head * keys * width,
          value: head * keys * valueWidth,
          output: index * valueWidth,
          visible: causal ? Math.min(keys, i + 1) : keys,
          mask: kernel.mask === null ? 0 : kernel.mask.offset + b * perBatch! + h * perHead! + i * perQuery!,
        };
      }
    }
  }
}

/**
 * Fills `weights` with those of the keys that the row sees, and returns the logsumexp of their scores. A row that sees nothing
 * has no weights.
 */
function weigh(
  weights: Float64Array,
  kernel: AttentionKernel,
  row: Row,
  query: Float32Array,
  key: Float32Array,
  mask: Float32Array | null,
): number {
  const { width, scale } = kernel;
  const step = kernel.mask?.strides[3] ?? 0;
  let top = -Infinity;
  for (let j = 0; j < row.visible; j++) {
    const product = dot(query, row.query, key, row.key + j * width, width) * scale;
    const score = mask === null ? product : product + mask[row.mask + j * step]!;
    weights[j] = score;
    top = Math.max(top, score);
  }
  let total = 0;
  for (let j = 0; j < row.visible; j++) {
    weights[j] = top === -Infinity ? 0 : Math.exp(weights[j]! - top);
    total += weights[j]!;
  }
  const divisor = total === 0 ? 1 : total;
  for (let j = 0; j < row.visible; j++) weights[j]! /= divisor;
  return Math.log(total) + top;
}

export function attentionForwardProgram(kernel: AttentionForwardKernel): Program {
  const { keys, valueWidth } = kernel;
  return (buffers) => {
    const arrays = buffers.map((buffer) => buffer.float32);
    const [query, key, value] = arrays as [Float32Array, Float32Array, Float32Array];
    const [output, logsumexp] = arrays.slice(-2) as [Float32Array, Float32Array];
    const mask = kernel.mask === null ? null : arrays[3]!;
    const weights = new Float64Array(keys);
    const sums = new Float64Array(valueWidth);
    for (const row of rowsOf(kernel)) {
      logsumexp[row.index] = weigh(weights, kernel, row, query, key, mask);
      sums.fill(0);
      for (let j = 0; j < row.visible; j++) {
        const at = row.value + j * valueWidth;
        for (let e = 0; e < valueWidth; e++) sums[e]! += weights[j]! * value[at + e]!;
      }
      output.set(sums, row.output);
    }
  };
}

/** Weighs anew instead of using the logsumexp, whose rounding would show where scores are large. */
export function attentionBackwardProgram(kernel: AttentionBackwardKernel): Program {
  const { queries, keys, width, valueWidth, scale } = kernel;
  const heads = kernel.batch * kernel.heads;
  const sizes = [queries * width, keys * width, keys * valueWidth].map((size) => heads * size);
  return (buffers) => {
    const arrays = buffers.map((buffer) => buffer.float32);
    const [query, key, value] = arrays as [Float32Array, Float32Array, Float32Array];
    const [output, , gradOutput, ...gradients] = arrays.slice(-6) as Float32Array[];
    const mask = kernel.mask === null ? null : arrays[3]!;
    // Sums are kept in 64 bits until the end, as everywhere on this device.
    const totals = sizes.map((size) => new Float64Array(size));
    const [gradQuery, gradKey, gradValue] = totals as [Float64Array, Float64Array, Float64Array];
    const weights = new Float64Array(keys);
    for (const row of rowsOf(kernel)) {
      weigh(weights, kernel, row, query, key, mask);
      const level = dot(output!, row.output, gradOutput!, row.output, valueWidth);
      for (let j = 0; j < row.visible; j++) {
        const weight = weights[j]!;
        const [keyAt, valueAt] = [row.key + j * width, row.value + j * valueWidth];
        const slope = dot(gradOutput!, row.output, value, valueAt, valueWidth) - level;
        const gradScore = weight * slope * scale;
        for (let e = 0; e < valueWidth; e++) gradValue[valueAt + e]! += weight * gradOutput![row.output + e]!;
        for (let d = 0; d < width; d++) {
          gradQuery[row.query + d]! += gradScore * key[keyAt + d]!;
          gradKey[keyAt + d]! += gradScore * query[row.query + d]!;
        }
      }
    }
    for (const [i, total] of totals.entries()) gradients[i]!.set(total);
  };
}
