import type { GradientRule } from '../autograd.ts';
import { record } from '../autograd.ts';
import type { Device } from '../device.ts';
import { shapeError } from '../error.ts';
import { within } from '../memory.ts';
import type { Shape } from '../shape.ts';
import { sameShape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { emptyLike, packed, requireDType, sharedDevice } from './compute.ts';
import { computeMatmul, multiplyTransposed } from './matmul.ts';
import { flat, hiddenBefore, lastStep } from './sequence.ts';

/** Parameters of one GRU layer, laid out as in torch; the rows hold the gates reset, update, new. */
export interface GruWeights {
  /** [3·hidden, features] */
  readonly weightIh: Tensor;
  /** [3·hidden, hidden] */
  readonly weightHh: Tensor;
  /** [3·hidden] */
  readonly biasIh?: Tensor | null;
  /** [3·hidden] */
  readonly biasHh?: Tensor | null;
}

export interface GruResult {
  /** The hidden state after each step: [batch, steps, hidden]. */
  readonly output: Tensor;
  /** The hidden state after the last step: [batch, hidden]. */
  readonly hidden: Tensor;
}

/**
 * One GRU layer over whole sequences [batch, steps, features], from zeros or a given hidden state [batch, hidden]. The input
 * projection of all steps is one matrix product, and so is each weight gradient; only the recurrence runs step by step.
 */
export function gru(x: Tensor, weights: GruWeights, initial?: Tensor): GruResult {
  const sizes = checkGru(x, weights, initial);
  const { batch, steps, hidden } = sizes;
  return within('gru', () => {
    const { weightIh, weightHh, biasIh = null, biasHh = null } = weights;
    const h0 = initial ?? x.filledLike(0, [batch, hidden]);
    const biases = [biasIh, biasHh].filter((bias) => bias !== null);
    const inputs = [x, weightIh, weightHh, h0, ...biases];
    const device = sharedDevice('gru', inputs);
    const projection = multiplyTransposed('gru', flat('gru', x), weightIh, biasIh);
    const recurrentBias = packed('gru', biasHh ?? x.filledLike(0, [3 * hidden]));
    const start = packed('gru', h0);
    const output = emptyLike('gru', x, [batch, steps, hidden], 'float32');
    const gates = emptyLike('gru', x, [batch, steps, 4 * hidden], 'float32');
    if (output.size > 0) {
      device.run(
        { kind: 'gruForward', batch, steps, hidden },
        [projection, packed('gru', weightHh), recurrentBias, start, output, gates].map(
          (tensor) => tensor.storage.buffer,
        ),
      );
    }
    const results = [output, lastStep('gru', output)] as const;
    const hasBias = [biasIh !== null, biasHh !== null] as const;
    const saved = [x, weightIh, weightHh, start, output, gates];
    record('gru', inputs, results, saved, gruRule(device, sizes, hasBias));
    return { output: results[0], hidden: results[1] };
  });
}

interface Sizes {
  readonly batch: number;
  readonly steps: number;
  readonly hidden: number;
}

/** Saved are the input, both weights, the state at the start, and what the forward kernel wrote. */
function gruRule(
  device: Device,
  { batch, steps, hidden }: Sizes,
  [hasBiasIh, hasBiasHh]: readonly [boolean, boolean],
): GradientRule {
  return ([gradOutput, gradLast], saved, needs) => {
    const [sequence, weightIh, weightHh, h0, output, gates] = saved;
    const orZeros = (gradient: Tensor | null | undefined, shape: Shape): Tensor =>
      packed('gru', gradient ?? sequence!.filledLike(0, shape));
    const gradProjection = emptyLike('gru', sequence!, [batch * steps, 3 * hidden], 'float32');
    const gradHidden = emptyLike('gru', sequence!, [batch * steps, 3 * hidden], 'float32');
    const gradH0 = emptyLike('gru', sequence!, [batch, hidden], 'float32');
    if (output!.size > 0) {
      const buffers = [
        orZeros(gradOutput, [batch, steps, hidden]),
        orZeros(gradLast, [batch, hidden]),
        packed('gru', weightHh!),
        gates!,
        output!,
        h0!,
        gradProjection,
        gradHidden,
        gradH0,
      ].map((tensor) => tensor.storage.buffer);
      device.run({ kind: 'gruBackward', batch, steps, hidden }, buffers);
    }
    return [
      needs[0] ? computeMatmul('gru', gradProjection, weightIh!).reshape(sequence!.shape) : null,
      needs[1] ? computeMatmul('gru', gradProjection.transpose(0, 1), flat('gru', sequence!)) : null,
      needs[2] ? computeMatmul('gru', gradHidden.transpose(0, 1), hiddenBefore('gru', h0!, output!)) : null,
      gradH0,
      ...(hasBiasIh ? [gradProjection.sum(0)] : []),
      ...(hasBiasHh ? [gradHidden.sum(0)] : []),
    ];
  };
}

/** Refuses what does not fit together; returns the sizes. */
function checkGru(x: Tensor, weights: GruWeights, initial: Tensor | undefined): Sizes {
  const { weightIh, weightHh, biasIh = null, biasHh = null } = weights;
  const biases = [biasIh, biasHh].filter((bias) => bias !== null);
  const state = initial === undefined ? [] : [initial];
  for (const tensor of [x, weightIh, weightHh, ...biases, ...state]) {
    requireDType('gru', 'an argument', tensor, 'float32');
  }
  if (x.ndim !== 3 || x.shape[1] === 0) {
    throw shapeError('gru', [x.shape], 'an input [batch, steps, features] with at least one step');
  }
  const [batch, steps, features] = x.shape as [number, number, number];
  const hidden = weightHh.shape[1] ?? 0;
  const expect = (name: string, tensor: Tensor, shape: readonly number[]): void => {
    if (!sameShape(tensor.shape, shape)) {
      throw shapeError(
        'gru',
        [tensor.shape],
        `[${shape.join(', ')}] for ${name} with input [${x.shape.join(', ')}]`,
      );
    }
  };
  expect('weightHh', weightHh, [3 * hidden, hidden]);
  expect('weightIh', weightIh, [3 * hidden, features]);
  for (const bias of biases) expect('a bias', bias, [3 * hidden]);
  for (const tensor of state) expect('the initial state', tensor, [batch, hidden]);
  return { batch, steps, hidden };
}
