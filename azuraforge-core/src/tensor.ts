import type { BackwardOptions, GradientNode } from './autograd.ts';
import { backward } from './autograd.ts';
import { openDevice } from './device.ts';
import { shapeError, TensorError } from './error.ts';
import type { DType } from './kernel.ts';
import { keep, Storage, tidy, track } from './memory.ts';
import { computeInto, ELEMENT_BYTES } from './ops/compute.ts';
import * as elementwise from './ops/elementwise.ts';
import type { Operable } from './ops/elementwise.ts';
import * as indexing from './ops/gather.ts';
import { matmul } from './ops/matmul.ts';
import * as reduce from './ops/reduce.ts';
import type { Axes } from './ops/reduce.ts';
import * as shapes from './ops/shape.ts';
import { input } from './expression.ts';
import type { Layout, Shape } from './shape.ts';
import { broadcastShapes, contiguousLayout, isContiguous, sameShape, sizeOf } from './shape.ts';

/** Numbers nested to the depth of the tensor's rank. */
export type NestedArray = number | NestedArray[];

/** What a tensor holds on to. Apart from the tensor, so that a finalizer can give it back. */
interface Lease {
  storage: Storage;
  node: GradientNode | null;
}

function release(lease: Lease): void {
  lease.storage.release();
  lease.node?.release();
}

/** The backstop for tensors that nobody disposed. */
const forgotten = new FinalizationRegistry<Lease>(release);

/** An n-dimensional array on a device. Elements never change, but for `assign` and the optimizer steps. */
export class Tensor {
  readonly shape: Shape;
  readonly dtype: DType;
  /** Where the elements lie in the buffer, which several tensors may share. */
  readonly layout: Layout;
  #lease: Lease | null;
  #output = 0;
  #isLeafWithGradient = false;
  #grad: Tensor | null = null;

  /** Takes over one reference to the storage. Programs make tensors with `tensor`, `zeros` and the like. */
  constructor(storage: Storage, layout: Layout, dtype: DType) {
    this.shape = layout.shape;
    this.layout = layout;
    this.dtype = dtype;
    this.#lease = { storage, node: null };
    forgotten.register(this, this.#lease, this);
    track(this);
  }

  get ndim(): number {
    return this.shape.length;
  }

  get size(): number {
    return sizeOf(this.shape);
  }

  get device(): string {
    return this.storage.device.name;
  }

  get isDisposed(): boolean {
    return this.#lease === null;
  }

  // What ops and the graph build on.

  /** The buffer behind this tensor. */
  get storage(): Storage {
    return this.#held().storage;
  }

  /** The recorded operation that made this tensor; null for leaves. */
  get origin(): { readonly node: GradientNode; readonly output: number } | null {
    const { node } = this.#held();
    return node === null ? null : { node, output: this.#output };
  }

  /** Makes a tensor from a storage, of which it takes over one reference. */
  derive(storage: Storage, layout: Layout, dtype: DType): Tensor {
    return new Tensor(storage, layout, dtype);
  }

  /** A second handle on the same elements, outside of the graph and of any `tidy`. */
  hold(): Tensor {
    return keep(new Tensor(this.storage.retain(), this.layout, this.dtype));
  }

  /** Makes this tensor an output of a recorded operation. */
  attach(node: GradientNode, output: number): void {
    node.retain();
    this.#held().node = node;
    this.#output = output;
  }

  #held(): Lease {
    if (this.#lease === null) {
      throw new TensorError(
        'USE_AFTER_DISPOSE',
        `this tensor of shape [${this.shape.join(', ')}] was disposed`,
        {
          details: { shape: this.shape },
        },
      );
    }
    return this.#lease;
  }

  // Memory.

  /** Gives the memory back, with that of `grad`; using the tensor afterwards is an error. May be called again. */
  dispose(): void {
    if (this.#lease === null) return;
    const lease = this.#lease;
    this.#lease = null;
    forgotten.unregister(this);
    keep(this);
    release(lease);
    this.#grad?.dispose();
    this.#grad = null;
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  // Autograd.

  get requiresGrad(): boolean {
    return this.#isLeafWithGradient || this.#held().node !== null;
  }

  /** Only leaves (tensors that no recorded operation made) can be switched. */
  set requiresGrad(value: boolean) {
    if (value && this.dtype !== 'float32') {
      throw new TensorError(
        'DTYPE_MISMATCH',
        `only float32 tensors have gradients, this one is ${this.dtype}`,
        {
          op: 'requiresGrad',
        },
      );
    }
    if (this.#held().node !== null) {
      throw new TensorError(
        'INVALID_GRAPH',
        'only leaves can be switched; use detach() for the result of an op',
        {
          op: 'requiresGrad',
        },
      );
    }
    this.#isLeafWithGradient = value;
  }

  /** Gradients of all `backward` calls since it was last cleared, summed. */
  get grad(): Tensor | null {
    return this.#grad;
  }

  /** Takes the gradient over: the tensor before it is disposed, and this one is with its owner. */
  set grad(gradient: Tensor | null) {
    if (gradient !== null && !sameShape(gradient.shape, this.shape)) {
      throw shapeError('grad', [gradient.shape], `the shape of its tensor, [${this.shape.join(', ')}]`);
    }
    if (gradient === this.#grad) return;
    this.#grad?.dispose();
    this.#grad = gradient === null ? null : keep(gradient);
  }

  /** Adds the gradients of this tensor to every leaf it depends on. Needs `gradient` unless it has one element. */
  backward(gradient?: Tensor, options: BackwardOptions = {}): void {
    backward(this, gradient, options);
  }

  /** Lets a tensor that is not a leaf keep its gradient in `grad` too. */
  retainGrad(): this {
    const { node } = this.#held();
    if (node !== null) node.retained.set(this.#output, new WeakRef<Tensor>(this));
    return this;
  }

  /** The same elements, outside of the graph. */
  detach(): Tensor {
    return new Tensor(this.storage.retain(), this.layout, this.dtype);
  }

  /** A copy on another device, outside of the graph; the same tensor when it lives there already. */
  async to(device: string): Promise<Tensor> {
    if (device === this.device) return this;
    const target = await openDevice(device);
    const values = await this.data();
    const storage = new Storage(target, values.byteLength, this.storage.range);
    if (values.length > 0) target.backend.write(storage.buffer, values, 0);
    return new Tensor(storage, contiguousLayout(this.shape), this.dtype);
  }

  /** Overwrites the elements with those of `source`, which broadcasts to this shape. Not recorded. */
  assign(source: Tensor): this {
    if (this.#held().node !== null) {
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
    // A copy in between when both are views of one buffer, where writing could overtake reading.
    const separate = source.storage === this.storage ? source.#copy() : source;
    computeInto('assign', this, this.layout, [separate], input(0));
    if (separate !== source) separate.dispose();
    this.storage.version += 1;
    return this;
  }

  /** A copy outside of the graph and of any `tidy`. */
  #copy(): Tensor {
    return keep(tidy(() => this.detach().clone()));
  }

  // Reading.

  /** The elements in row-major order, copied to the host. */
  async data(): Promise<Float32Array | Int32Array> {
    const flat = isContiguous(this.layout) ? this.hold() : this.#copy();
    try {
      const { storage, layout } = flat;
      const { backend } = storage.device;
      const bytes = await backend.read(
        storage.buffer,
        layout.offset * ELEMENT_BYTES,
        this.size * ELEMENT_BYTES,
      );
      return this.dtype === 'int32' ? new Int32Array(bytes) : new Float32Array(bytes);
    } finally {
      flat.dispose();
    }
  }

  /** The one element of a tensor of size 1. */
  async item(): Promise<number> {
    if (this.size !== 1) throw shapeError('item', [this.shape], 'a single element');
    return (await this.data())[0]!;
  }

  /** The elements as nested arrays; a plain number for a scalar. */
  async array(): Promise<NestedArray> {
    const flat = await this.data();
    const nest = (axis: number, start: number): NestedArray => {
      if (axis === this.ndim) return flat[start]!;
      const step = sizeOf(this.shape.slice(axis + 1));
      return Array.from({ length: this.shape[axis]! }, (_, i) => nest(axis + 1, start + i * step));
    };
    return nest(0, 0);
  }

  // Elementwise.

  add(other: Operable): Tensor {
    return elementwise.add(this, other);
  }
  sub(other: Operable): Tensor {
    return elementwise.sub(this, other);
  }
  mul(other: Operable): Tensor {
    return elementwise.mul(this, other);
  }
  div(other: Operable): Tensor {
    return elementwise.div(this, other);
  }
  pow(exponent: Operable): Tensor {
    return elementwise.pow(this, exponent);
  }
  maximum(other: Operable): Tensor {
    return elementwise.maximum(this, other);
  }
  minimum(other: Operable): Tensor {
    return elementwise.minimum(this, other);
  }
  eq(other: Operable): Tensor {
    return elementwise.compare('eq', this, other);
  }
  gt(other: Operable): Tensor {
    return elementwise.compare('gt', this, other);
  }
  ge(other: Operable): Tensor {
    return elementwise.compare('ge', this, other);
  }
  lt(other: Operable): Tensor {
    return elementwise.compare('lt', this, other);
  }
  le(other: Operable): Tensor {
    return elementwise.compare('le', this, other);
  }
  /** This tensor where the condition is not 0, `other` elsewhere. */
  where(condition: Tensor, other: Operable): Tensor {
    return elementwise.where(condition, this, other);
  }
  neg(): Tensor {
    return elementwise.neg(this);
  }
  abs(): Tensor {
    return elementwise.abs(this);
  }
  sign(): Tensor {
    return elementwise.sign(this);
  }
  square(): Tensor {
    return elementwise.square(this);
  }
  sqrt(): Tensor {
    return elementwise.sqrt(this);
  }
  exp(): Tensor {
    return elementwise.exp(this);
  }
  log(): Tensor {
    return elementwise.log(this);
  }
  tanh(): Tensor {
    return elementwise.tanh(this);
  }
  sigmoid(): Tensor {
    return elementwise.sigmoid(this);
  }
  relu(): Tensor {
    return elementwise.relu(this);
  }
  leakyRelu(negativeSlope?: number): Tensor {
    return elementwise.leakyRelu(this, negativeSlope);
  }
  softplus(beta?: number, threshold?: number): Tensor {
    return elementwise.softplus(this, beta, threshold);
  }
  gelu(approximate?: 'none' | 'tanh'): Tensor {
    return elementwise.gelu(this, approximate);
  }
  clamp(min?: number, max?: number): Tensor {
    return elementwise.clamp(this, min, max);
  }
  cast(dtype: DType): Tensor {
    return elementwise.cast(this, dtype);
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
    return reduce.logsumexp(this, dim, keepdim);
  }
  softmax(dim: number): Tensor {
    return reduce.softmax(this, dim);
  }
  logSoftmax(dim: number): Tensor {
    return reduce.logSoftmax(this, dim);
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

  // Products.

  matmul(other: Tensor): Tensor {
    return matmul(this, other);
  }
}
