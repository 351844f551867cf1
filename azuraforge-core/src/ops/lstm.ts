import type { GradientRule } from '../autograd.ts';
import { record } from '../autograd.ts';
import type { Device } from '../device.ts';
import { shapeError } from '../error.ts';
import { binary, input } from '../expression.ts';
import { within } from '../memory.ts';
import type { Shape } from '../shape.ts';
import { sameShape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { computeElementwise, emptyLike, packed, requireDType, sharedDevice } from './compute.ts';
import { computeMatmul, multiplyTransposed } from './matmul.ts';
import { flat, hiddenBefore, lastStep } from './sequence.ts';

/** Parameters of one LSTM layer, laid out as in torch; the rows hold the gates input, forget, cell, output. */
export interface LstmWeights {
  /** [4·hidden, features] */
  readonly weightIh: Tensor;
  /** [4·hidden, hidden] */
  readonly weightHh: Tensor;
  /** [4·hidden] */
  readonly biasIh?: Tensor | null;
  /** [4·hidden] */
  readonly biasHh?: Tensor | null;
}

export interface LstmState {
  /** [batch, hidden] */
  readonly hidden: Tensor;
  /** [batch, hidden] */
  readonly cell: Tensor;
}

export interface LstmResult extends LstmState {
  /** The hidden state after each step: [batch, steps, hidden]. `hidden` is that after the last one. */
  readonly output: Tensor;
}

/**
 * One LSTM layer over whole sequences [batch, steps, features], from zeros or a given state. The input projection of all
 * steps is one matrix product, and so is each weight gradient; only the recurrence runs step by step.
 */
export function lstm(x: Tensor, weights: LstmWeights, initial?: LstmState): LstmResult {
  const { batch, steps, hidden } = checkLstm(x, weights, initial);
  return within('lstm', () => {
    const { weightIh, weightHh, biasIh = null, biasHh = null } = weights;
    const h0 = initial?.hidden ?? x.filledLike(0, [batch, hidden]);
    const c0 = initial?.cell ?? x.filledLike(0, [batch, hidden]);
    const device = sharedDevice('lstm', [x, weightIh, weightHh, h0, c0]);
    const rows = flat('lstm', x);
    const projection = multiplyTransposed('lstm', rows, weightIh, totalBias(biasIh, biasHh));
    const recurrent = packed('lstm', weightHh);
    const start = { h0: packed('lstm', h0), c0: packed('lstm', c0) };
    const output = emptyLike('lstm', x, [batch, steps, hidden], 'float32');
    const gates = emptyLike('lstm', x, [batch, steps, 4 * hidden], 'float32');
    const cells = emptyLike('lstm', x, [batch, steps, hidden], 'float32');
    if (output.size > 0) {
      device.run(
        { kind: 'lstmForward', batch, steps, hidden },
        [projection, recurrent, start.h0, start.c0, output, gates, cells].map(
          (tensor) => tensor.storage.buffer,
        ),
      );
    }
    const biases = [biasIh, biasHh].filter((bias) => bias !== null);
    const inputs = [x, weightIh, weightHh, h0, c0, ...biases];
    const saved = [x, weightIh, weightHh, start.h0, start.c0, output, gates, cells];
    const results = [output, lastStep('lstm', output), lastStep('lstm', cells)] as const;
    record('lstm', inputs, results, saved, lstmRule(device, { batch, steps, hidden }, biases.length));
    return { output: results[0], hidden: results[1], cell: results[2] };
  });
}

interface Sizes {
  readonly batch: number;
  readonly steps: number;
  readonly hidden: number;
}

/** Saved are the input, both weights, the state at the start, and what the forward kernel wrote. */
function lstmRule(device: Device, { batch, steps, hidden }: Sizes, biasCount: number): GradientRule {
  return ([gradOutput, gradHidden, gradCell], saved, needs) => {
    const [sequence, weightIh, weightHh, h0, c0, output, gates, cells] = saved;
    const orZeros = (gradient: Tensor | null | undefined, shape: Shape): Tensor =>
      packed('lstm', gradient ?? sequence!.filledLike(0, shape));
    const gradProjection = emptyLike('lstm', sequence!, [batch * steps, 4 * hidden], 'float32');
    const gradH0 = emptyLike('lstm', sequence!, [batch, hidden], 'float32');
    const gradC0 = emptyLike('lstm', sequence!, [batch, hidden], 'float32');
    if (output!.size > 0) {
      const buffers = [
        orZeros(gradOutput, [batch, steps, hidden]),
        orZeros(gradHidden, [batch, hidden]),
        orZeros(gradCell, [batch, hidden]),
        packed('lstm', weightHh!),
        gates!,
        cells!,
        c0!,
        gradProjection,
        gradH0,
        gradC0,
      ].map((tensor) => tensor.storage.buffer);
      device.run({ kind: 'lstmBackward', batch, steps, hidden }, buffers);
    }
    const turned = gradProjection.transpose(0, 1);
    const gradBias = biasCount > 0 ? gradProjection.sum(0) : null;
    return [
      needs[0] ? computeMatmul('lstm', gradProjection, weightIh!).reshape(sequence!.shape) : null,
      needs[1] ? computeMatmul('lstm', turned, flat('lstm', sequence!)) : null,
      needs[2] ? computeMatmul('lstm', turned, hiddenBefore('lstm', h0!, output!)) : null,
      gradH0,
      gradC0,
      ...Array.from({ length: biasCount }, () => gradBias),
    ];
  };
}

/** Refuses what does not fit together; returns the sizes. */
function checkLstm(x: Tensor, weights: LstmWeights, initial: LstmState | undefined): Sizes {
  const { weightIh, weightHh, biasIh = null, biasHh = null } = weights;
  const state = initial === undefined ? [] : [initial.hidden, initial.cell];
  const biases = [biasIh, biasHh].filter((bias) => bias !== null);
  for (const tensor of [x, weightIh, weightHh, ...biases, ...state]) {
    requireDType('lstm', 'an argument', tensor, 'float32');
  }
  if (x.ndim !== 3 || x.shape[1] === 0) {
    throw shapeError('lstm', [x.shape], 'an input [batch, steps, features] with at least one step');
  }
  const [batch, steps, features] = [x.shape[0]!, x.shape[1]!, x.shape[2]!];
  const hidden = weightHh.shape[1] ?? 0;
  const expect = (name: string, tensor: Tensor, shape: readonly number[]): void => {
    if (!sameShape(tensor.shape, shape)) {
      throw shapeError(
        'lstm',
        [tensor.shape],
        `[${shape.join(', ')}] for ${name} with input [${x.shape.join(', ')}]`,
      );
    }
  };
  expect('weightHh', weightHh, [4 * hidden, hidden]);
  expect('weightIh', weightIh, [4 * hidden, features]);
  for (const bias of biases) expect('a bias', bias, [4 * hidden]);
  for (const tensor of state) expect('the initial state', tensor, [batch, hidden]);
  return { batch, steps, hidden };
}

function totalBias(a: Tensor | null, b: Tensor | null): Tensor | null {
  if (a === null || b === null) return a ?? b;
  return computeElementwise('lstm', [a, b], binary('add', input(0), input(1)), { dtype: 'float32' });
}
