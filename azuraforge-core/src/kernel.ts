import type { Expression } from './expression.ts';
import type { Shape } from './shape.ts';

export type DType = 'float32' | 'int32';

/** Bytes of one element; both dtypes have the same width. */
export const ELEMENT_BYTES = 4;

/** How a kernel walks over one buffer: one stride per axis of the kernel's shape, counted in elements. */
export interface Operand {
  readonly dtype: DType;
  readonly strides: readonly number[];
  readonly offset: number;
}

/** `output[i] = expression(inputs[i])` for every index of `shape`. Buffers: inputs, output. Scalars: the expression's. */
export interface ElementwiseKernel {
  readonly kind: 'elementwise';
  readonly shape: Shape;
  readonly inputs: readonly Operand[];
  readonly output: Operand;
  readonly expression: Expression;
}

export type Reducer = 'sum' | 'max' | 'min' | 'argmax' | 'argmin';

/**
 * `expression(inputs[i])` is reduced over the axes at which the output has stride 0 and `reduced` is true, in row-major
 * order; `finish` (its input 0 is the reduced value) makes the stored number. argmax and argmin store the position within
 * the reduced axes; NaN counts as the extreme, and the first of equals wins. The output buffer is contiguous.
 * Buffers: inputs, output. Scalars: the expression's, which `finish` shares.
 */
export interface ReduceKernel {
  readonly kind: 'reduce';
  readonly shape: Shape;
  readonly reduced: readonly boolean[];
  readonly inputs: readonly Operand[];
  readonly output: Operand;
  readonly reducer: Reducer;
  readonly expression: Expression;
  readonly finish: Expression | null;
}

/** A stack of matrices: strides of the batch axes (0 where it stretches), of the rows and of the columns. */
export interface MatrixOperand {
  readonly batchStrides: readonly number[];
  readonly rowStride: number;
  readonly columnStride: number;
  readonly offset: number;
}

/**
 * `c[batch] = a[batch] · b[batch] (+ bias)`, all float32; a is m×k, b is k×n, c is contiguous m×n, the bias has n
 * elements. Buffers: a, b, bias when there is one, c. No scalars.
 */
export interface MatmulKernel {
  readonly kind: 'matmul';
  readonly batch: Shape;
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly a: MatrixOperand;
  readonly b: MatrixOperand;
  readonly bias: { readonly stride: number; readonly offset: number } | null;
}

/**
 * `output[i] = source[i with i[axis] replaced by index[i]]` for every i of `shape`. The source's strides are over its own
 * shape, which has the same rank; its axis has `length` elements. An index outside of it must not be read: a device that
 * can throws, the others write 0. Buffers: source, index, output (contiguous). No scalars.
 */
export interface GatherKernel {
  readonly kind: 'gather';
  readonly shape: Shape;
  readonly axis: number;
  readonly length: number;
  readonly source: Operand;
  readonly index: Operand;
}

/**
 * The transpose of gather: the output (contiguous, `outputShape`) is cleared, then for every i of `shape`
 * `output[i with i[axis] replaced by index[i]] += source[i]`. Buffers: source, index, output. No scalars.
 */
export interface ScatterAddKernel {
  readonly kind: 'scatterAdd';
  readonly shape: Shape;
  readonly axis: number;
  readonly outputShape: Shape;
  readonly source: Operand;
  readonly index: Operand;
}

export type Distribution = 'uniform' | 'normal' | 'dropout';

/**
 * `size` numbers from Philox 4x32-10: element i takes word i mod 4 of block offset + floor(i / 4). With w such a word,
 * uniform is (w >>> 8)·2⁻²⁴; normal is Box-Muller over the word pairs (0,1) and (2,3) with the first uniform turned into
 * 1 − u; dropout is 0 where uniform < p and 1 / (1 − p) elsewhere. Buffers: output. Scalars: key low, key high, offset
 * low, offset high (all unsigned 32-bit), then p for dropout.
 */
export interface RandomKernel {
  readonly kind: 'random';
  readonly distribution: Distribution;
  readonly size: number;
}

/**
 * All steps of one LSTM direction, batch first, gates in the order input, forget, cell, output. Every operand is
 * contiguous. Buffers: projection [B,T,4H] (input projection plus both biases), weight [4H,H], h0 [B,H], c0 [B,H]; writes
 * output [B,T,H], gates [B,T,4H] (after their activation), cells [B,T,H]. No scalars.
 */
export interface LstmForwardKernel {
  readonly kind: 'lstmForward';
  readonly batch: number;
  readonly steps: number;
  readonly hidden: number;
}

/**
 * The way back through `lstmForward`. Buffers: gradOutput [B,T,H], gradLastHidden [B,H], gradLastCell [B,H], weight [4H,H],
 * gates [B,T,4H], cells [B,T,H], c0 [B,H]; writes gradProjection [B,T,4H], gradH0 [B,H], gradC0 [B,H]. No scalars.
 */
export interface LstmBackwardKernel {
  readonly kind: 'lstmBackward';
  readonly batch: number;
  readonly steps: number;
  readonly hidden: number;
}

/**
 * One SGD step over several parameters, in place. Buffers: for each size the parameter, its gradient and, with
 * `momentum`, its velocity. Scalars: lr, momentum, dampening, weightDecay.
 */
export interface SgdKernel {
  readonly kind: 'sgd';
  readonly sizes: readonly number[];
  readonly momentum: boolean;
  readonly nesterov: boolean;
}

/**
 * One Adam step over several parameters, in place. Buffers: for each size the parameter, its gradient, its first and its
 * second moment. Scalars: lr, beta1, beta2, eps, weightDecay, 1 − beta1^step, 1 − beta2^step. `decoupled`: the decay of
 * AdamW, which shrinks the parameter, instead of Adam's, which adds to the gradient.
 */
export interface AdamKernel {
  readonly kind: 'adam';
  readonly sizes: readonly number[];
  readonly decoupled: boolean;
}

/**
 * One RMSprop step over several parameters, in place. Buffers: for each size the parameter, its gradient, the mean of its
 * squares, when `centered` the mean of the gradient, and with `momentum` its velocity. Scalars: lr, alpha, eps,
 * weightDecay, momentum.
 */
export interface RmspropKernel {
  readonly kind: 'rmsprop';
  readonly sizes: readonly number[];
  readonly centered: boolean;
  readonly momentum: boolean;
}

/**
 * One Adagrad step over several parameters, in place. Buffers: for each size the parameter, its gradient and the sum of its
 * squares. Scalars: lr (after its decay), eps, weightDecay.
 */
export interface AdagradKernel {
  readonly kind: 'adagrad';
  readonly sizes: readonly number[];
}

/**
 * How a window moves over a plane, each pair as height, width. Its first place is `padding` before the plane; how far it goes
 * beyond the end follows from the size of the output.
 */
export interface Window2d {
  readonly size: readonly [number, number];
  readonly stride: readonly [number, number];
  readonly padding: readonly [number, number];
  readonly dilation: readonly [number, number];
}

/** The sizes of a 2-d convolution from `inputSize` to `outputSize` planes (height, width). */
export interface Conv2dGeometry {
  readonly batch: number;
  readonly groups: number;
  readonly inChannels: number;
  readonly outChannels: number;
  readonly inputSize: readonly [number, number];
  readonly outputSize: readonly [number, number];
  readonly window: Window2d;
}

/**
 * `output[n,o,y,x] = Σ input[n, g·C/G + c, y·stride − padding + i·dilation, …] · weight[o,c,i,j] (+ bias[o])`, with g the
 * group of channel o; what lies outside of the input counts as 0. Every operand is contiguous. Buffers: input [N,C,H,W],
 * weight [O,C/G,i,j], bias [O] when there is one, output [N,O,Y,X]. No scalars.
 */
export interface Conv2dKernel extends Conv2dGeometry {
  readonly kind: 'conv2d';
  readonly bias: boolean;
}

/**
 * The transpose of `conv2d` for its input, and so the transposed convolution itself, which may add a bias. Buffers:
 * gradOutput [N,O,Y,X], weight [O,C/G,i,j], bias [C] when there is one, gradInput [N,C,H,W]. No scalars.
 */
export interface Conv2dInputGradientKernel extends Conv2dGeometry {
  readonly kind: 'conv2dInputGradient';
  readonly bias: boolean;
}

/** The transpose of `conv2d` for its weight. Buffers: input [N,C,H,W], gradOutput [N,O,Y,X], gradWeight [O,C/G,i,j]. No scalars. */
export interface Conv2dWeightGradientKernel extends Conv2dGeometry {
  readonly kind: 'conv2dWeightGradient';
}

/** The sizes of pooling over `planes` (batch × channels) planes. */
export interface Pool2dGeometry {
  readonly planes: number;
  readonly inputSize: readonly [number, number];
  readonly outputSize: readonly [number, number];
  readonly window: Window2d;
}

/**
 * The largest number of each window; what lies outside of the plane never wins, NaN does, and the first of equals. A window
 * with no place in the plane (a wide dilation can jump over it) gives −∞ and the winner −1. Buffers: input [P,H,W]; writes output [P,Y,X] and winners [P,Y,X] (int32, the position y·W + x in the plane). No scalars.
 */
export interface MaxPool2dKernel extends Pool2dGeometry {
  readonly kind: 'maxPool2d';
}

/** Each gradient is added to that of its window's winner. Buffers: gradOutput [P,Y,X], winners [P,Y,X] (int32), gradInput [P,H,W]. No scalars. */
export interface MaxPool2dGradientKernel extends Pool2dGeometry {
  readonly kind: 'maxPool2dGradient';
}

/**
 * The mean of each window (dilation 1). It is the sum over the plane divided by the number of the window's places: those in
 * the plane with its padding when `countPadding`, those in the plane alone otherwise. Buffers: input [P,H,W], output [P,Y,X].
 * No scalars.
 */
export interface AvgPool2dKernel extends Pool2dGeometry {
  readonly kind: 'avgPool2d';
  readonly countPadding: boolean;
}

/** Buffers: gradOutput [P,Y,X], gradInput [P,H,W]. No scalars. */
export interface AvgPool2dGradientKernel extends Pool2dGeometry {
  readonly kind: 'avgPool2dGradient';
  readonly countPadding: boolean;
}

/**
 * All steps of one GRU direction, batch first, gates in the order reset, update, new. Every operand is contiguous. Buffers:
 * projection [B,T,3H] (input projection plus the input bias), weight [3H,H], bias [3H] (the hidden one), h0 [B,H]; writes
 * output [B,T,H] and gates [B,T,4H] (reset, update and new after their activation, then the hidden projection that reset
 * scales). With r, z, n those gates and p that projection: n = tanh(x + r·p), h = (1 − z)·n + z·h before. No scalars.
 */
export interface GruForwardKernel {
  readonly kind: 'gruForward';
  readonly batch: number;
  readonly steps: number;
  readonly hidden: number;
}

/**
 * The way back through `gruForward`. Buffers: gradOutput [B,T,H], gradLastHidden [B,H], weight [3H,H], gates [B,T,4H],
 * output [B,T,H], h0 [B,H]; writes gradProjection [B,T,3H] (for the input side), gradHidden [B,T,3H] (for the hidden
 * projections, from which the gradients of weight and bias are made), gradH0 [B,H]. No scalars.
 */
export interface GruBackwardKernel {
  readonly kind: 'gruBackward';
  readonly batch: number;
  readonly steps: number;
  readonly hidden: number;
}

/**
 * The sizes of scaled-dot-product attention: `queries` rows of `width` numbers look at `keys` rows; values have
 * `valueWidth`. All are at least 1.
 */
interface AttentionGeometry {
  readonly batch: number;
  readonly heads: number;
  readonly queries: number;
  readonly keys: number;
  readonly width: number;
  readonly valueWidth: number;
  readonly scale: number;
  /** Query i sees keys 0 to i alone. */
  readonly causal: boolean;
  /** Numbers (float32) added to the scores, walked over [batch, heads, queries, keys]. */
  readonly mask: Operand | null;
}

/**
 * `output = softmax(query · keyᵀ · scale + mask) · value`; a row that sees nothing gives 0. No score matrix is kept. All but
 * the mask are contiguous. Buffers: query [B,H,T,D], key [B,H,S,D], value [B,H,S,E], mask when there is one; writes output
 * [B,H,T,E] and logsumexp [B,H,T] of the scores. No scalars.
 */
export interface AttentionForwardKernel extends AttentionGeometry {
  readonly kind: 'attentionForward';
}

/**
 * The way back through `attentionForward`, from scores that are made again. Buffers: query, key, value, mask when there is
 * one, output, logsumexp, gradOutput [B,H,T,E]; writes gradQuery, gradKey, gradValue. No scalars.
 */
export interface AttentionBackwardKernel extends AttentionGeometry {
  readonly kind: 'attentionBackward';
}

/** What a device can be asked to do, as plain data: it can be printed, compared, stored and sent to a worker. */
export type Kernel =
  | ElementwiseKernel
  | ReduceKernel
  | MatmulKernel
  | GatherKernel
  | ScatterAddKernel
  | RandomKernel
  | LstmForwardKernel
  | LstmBackwardKernel
  | GruForwardKernel
  | GruBackwardKernel
  | AttentionForwardKernel
  | AttentionBackwardKernel
  | SgdKernel
  | AdamKernel
  | RmspropKernel
  | AdagradKernel
  | Conv2dKernel
  | Conv2dInputGradientKernel
  | Conv2dWeightGradientKernel
  | MaxPool2dKernel
  | MaxPool2dGradientKernel
  | AvgPool2dKernel
  | AvgPool2dGradientKernel;
