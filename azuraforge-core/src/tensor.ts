import * as activation from './ops/activation.ts';
import type { BackwardOptions } from './autograd.ts';
import { backward } from './autograd.ts';
import { awaitDevice } from './device.ts';
import { inputError, shapeError, TensorError } from './error.ts';
import { input } from './expression.ts';
import type { DType } from './kernel.ts';
import { Storage, within } from './memory.ts';
import * as binary from './ops/binary.ts';
import type { Operable } from './ops/binary.ts';
import { computeInto, sharedDevice, storageOf } from './ops/compute.ts';
import * as indexing from './ops/gather.ts';
import { matmul } from './ops/matmul.ts';
import * as reduce from './ops/reduce.ts';
import type { Axes } from './ops/reduce.ts';
import * as shapes from './ops/shape.ts';
import * as softmax from './ops/softmax.ts';
import * as unary from './ops/unary.ts';
import type { Layout, Shape } from './shape.ts';
import { broadcastShapes, contiguousLayout, sameShape } from './shape.ts';
import { TensorHandle } from './tensor/handle.ts';

/** An n-dimensional array on a device. Elements never change, but for `assign` and the optimizer steps. */
export class Tensor extends TensorHandle {
  /** Makes a tensor from a storage, of which it takes over one reference. Programs use `tensor`, `zeros` and the like. */
  override derive(storage: Storage, layout: Layout, dtype: DType): Tensor {
    return new Tensor(storage, layout, dtype);
  }

  /** Adds the gradients of this tensor to every leaf it depends on. Needs `gradient` unless it has one element. */
  backward(gradient?: Tensor, options: BackwardOptions = {}): void {
    backward(this, gradient, options);
  }

  /** Lets a tensor that is not a leaf keep its gradient in `grad` too. */
  retainGrad(): this {
    const { origin } = this;
    origin?.node.retained.set(origin.output, new WeakRef<Tensor>(this));
    return this;
  }

  /** A copy on another device, outside of the graph; the same tensor when it lives there already. */
  async to(device: string): Promise<Tensor> {
    if (device === storageOf('to', this).device.name) return this;
    const target = await awaitDevice(device);
    const values = await this.data();
    // A view of a part may hold less than the whole buffer's range says.
    const range = values.byteLength === this.storage.byteLength ? this.storage.range : null;
    const storage = new Storage(target, { op: 'to', shape: this.shape, dtype: this.dtype }, range);
    if (values.length > 0) target.write(storage.buffer, values);
    return new Tensor(storage, contiguousLayout(this.shape), this.dtype);
  }

  /** Overwrites the elements with those of `source`, which broadcasts to this shape. Not recorded. */
  assign(source: Tensor): this {
    sharedDevice('assign', [this, source]);
    if (this.origin !== null) {
      throw new TensorError('INVALID_GRAPH', 'only leaves can be written to', { op: 'assign' });
    }
    if (source.dtype !== this.dtype) {
      throw new TensorError('DTYPE_MISMATCH', `got ${source.dtype}, expected ${this.dtype}`, {
        op: 'assign',
      });
    }
    if (!sameShape(broadcastShapes('assign', [this.shape, source.shape]), this.shape)) {
      throw shapeError('assign', [source.shape], `a shape that stretches to [${this.shape.join(', ')}]`);
    }
    if (this.layout.strides.some((stride, axis) => stride === 0 && this.shape[axis]! > 1)) {
      throw inputError(
        'assign',
        'several elements of this stretched view lie in one place; write to a clone',
        {
          shape: this.shape,
        },
      );
    }
    // A copy in between when both are views of one buffer, where writing could overtake reading.
    within('assign', () => {
      const separate = source.storage === this.storage ? source.detach().clone() : source;
      computeInto('assign', this, this.layout, [separate], input(0));
    });
    this.storage.markChanged();
    return this;
  }

  // Elementwise.

  add(other: Operable): Tensor {
    return binary.add(this, other);
  }
  sub(other: Operable): Tensor {
    return binary.sub(this, other);
  }
  mul(other: Operable): Tensor {
    return binary.mul(this, other);
  }
  div(other: Operable): Tensor {
    return binary.div(this, other);
  }
  pow(exponent: Operable): Tensor {
    return binary.pow(this, exponent);
  }
  maximum(other: Operable): Tensor {
    return binary.maximum(this, other);
  }
  minimum(other: Operable): Tensor {
    return binary.minimum(this, other);
  }
  eq(other: Operable): Tensor {
    return binary.compare('eq', this, other);
  }
  gt(other: Operable): Tensor {
    return binary.compare('gt', this, other);
  }
  ge(other: Operable): Tensor {
    return binary.compare('ge', this, other);
  }
  lt(other: Operable): Tensor {
    return binary.compare('lt', this, other);
  }
  le(other: Operable): Tensor {
    return binary.compare('le', this, other);
  }
  /** This tensor where the condition is not 0, `other` elsewhere. */
  where(condition: Tensor, other: Operable): Tensor {
    return binary.where(condition, this, other);
  }
  neg(): Tensor {
    return unary.neg(this);
  }
  abs(): Tensor {
    return unary.abs(this);
  }
  sign(): Tensor {
    return unary.sign(this);
  }
  square(): Tensor {
    return unary.square(this);
  }
  sqrt(): Tensor {
    return unary.sqrt(this);
  }
  exp(): Tensor {
    return unary.exp(this);
  }
  log(): Tensor {
    return unary.log(this);
  }
  tanh(): Tensor {
    return activation.tanh(this);
  }
  sigmoid(): Tensor {
    return activation.sigmoid(this);
  }
  relu(): Tensor {
    return activation.relu(this);
  }
  leakyRelu(negativeSlope?: number): Tensor {
    return activation.leakyRelu(this, negativeSlope);
  }
  softplus(beta?: number, threshold?: number): Tensor {
    return activation.softplus(this, beta, threshold);
  }
  gelu(approximate?: 'none' | 'tanh'): Tensor {
    return activation.gelu(this, approximate);
  }
  silu(): Tensor {
    return activation.silu(this);
  }
  elu(alpha?: number): Tensor {
    return activation.elu(this, alpha);
  }
  clamp(min?: number, max?: number): Tensor {
    return unary.clamp(this, min, max);
  }
  cast(dtype: DType): Tensor {
    return unary.cast(this, dtype);
  }

  // Reductions.

  sum(dim?: Axes, keepdim?: boolean): Tensor {
    return reduce.sum(this, dim, keepdim);
  }
  mean(dim?: Axes, keepdim?: boolean): Tensor {
    return reduce.mean(this, dim, keepdim);
  }
  max(dim?: Axes, keepdim?: boolean): Tensor {
    return reduce.max(this, dim, keepdim);
  }
  min(dim?: Axes, keepdim?: boolean): Tensor {
    return reduce.min(this, dim, keepdim);
  }
  argmax(dim?: number, keepdim?: boolean): Tensor {
    return reduce.argmax(this, dim, keepdim);
  }
  argmin(dim?: number, keepdim?: boolean): Tensor {
    return reduce.argmin(this, dim, keepdim);
  }
  variance(dim?: Axes, options?: { keepdim?: boolean; correction?: number }): Tensor {
    return reduce.variance(this, dim, options);
  }
  logsumexp(dim: Axes, keepdim?: boolean): Tensor {
    return softmax.logsumexp(this, dim, keepdim);
  }
  softmax(dim: number): Tensor {
    return softmax.softmax(this, dim);
  }
  logSoftmax(dim: number): Tensor {
    return softmax.logSoftmax(this, dim);
  }

  // Shape.

  reshape(shape: Shape): Tensor {
    return shapes.reshape(this, shape);
  }
  permute(order: readonly number[]): Tensor {
    return shapes.permute(this, order);
  }
  transpose(dim0: number, dim1: number): Tensor {
    return shapes.transpose(this, dim0, dim1);
  }
  narrow(dim: number, start: number, length: number): Tensor {
    return shapes.narrow(this, dim, start, length);
  }
  slice(dim: number, start?: number, end?: number, step?: number): Tensor {
    return shapes.slice(this, dim, start, end, step);
  }
  select(dim: number, index: number): Tensor {
    return shapes.select(this, dim, index);
  }
  unsqueeze(dim: number): Tensor {
    return shapes.unsqueeze(this, dim);
  }
  squeeze(dim?: number): Tensor {
    return shapes.squeeze(this, dim);
  }
  expand(shape: Shape): Tensor {
    return shapes.expand(this, shape);
  }
  flip(dims: number | readonly number[]): Tensor {
    return shapes.flip(this, dims);
  }
  pad(widths: readonly (readonly [number, number])[], value?: number): Tensor {
    return shapes.pad(this, widths, value);
  }
  contiguous(): Tensor {
    return shapes.contiguous(this);
  }
  clone(): Tensor {
    return shapes.clone(this);
  }
  /** One number in this or another shape, in the same dtype and on the same device. */
  filledLike(value: number, shape: Shape = this.shape): Tensor {
    return shapes.filledLike(this, value, shape);
  }
  gather(dim: number, index: Tensor): Tensor {
    return indexing.gather(this, dim, index);
  }
  indexSelect(dim: number, index: Tensor): Tensor {
    return indexing.indexSelect(this, dim, index);
  }
  scatterAdd(dim: number, index: Tensor, source: Tensor): Tensor {
    return indexing.scatterAdd(this, dim, index, source);
  }

  // Products.

  matmul(other: Tensor): Tensor {
    return matmul(this, other);
  }
}
