import { input } from '../expression.ts';
import { contiguousLayout } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { computeInto, emptyLike, packed, viewOf } from './compute.ts';

/** [batch, steps, n] as [batch·steps, n], outside of the graph. */
export function flat(op: string, sequence: Tensor): Tensor {
  const [batch, steps, width] = sequence.shape as [number, number, number];
  return viewOf(op, packed(op, sequence), contiguousLayout([batch * steps, width]));
}

/** The last step of a sequence that lies in one piece, [batch, n]; a view outside of the graph. */
export function lastStep(op: string, sequence: Tensor): Tensor {
  const [batch, steps, width] = sequence.shape as [number, number, number];
  const strides = [steps * width, 1];
  return viewOf(op, sequence, { shape: [batch, width], strides, offset: (steps - 1) * width });
}

/** The hidden state that each step started from: h0, then the outputs but for the last; [batch·steps, hidden]. */
export function hiddenBefore(op: string, h0: Tensor, output: Tensor): Tensor {
  const [batch, steps, hidden] = output.shape as [number, number, number];
  const before = emptyLike(op, output, [batch * steps, hidden], 'float32');
  const strides = [steps * hidden, hidden, 1];
  computeInto(op, before, { shape: [batch, 1, hidden], strides, offset: 0 }, [h0.unsqueeze(1)], input(0));
  computeInto(
    op,
    before,
    { shape: [batch, steps - 1, hidden], strides, offset: hidden },
    [output.narrow(1, 0, steps - 1)],
    input(0),
  );
  return before;
}
