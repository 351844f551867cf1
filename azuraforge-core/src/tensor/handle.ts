import type { GradientNode } from '../autograd.ts';
import { shapeError, TensorError } from '../error.ts';
import type { DType } from '../kernel.ts';
import { ELEMENT_BYTES } from '../kernel.ts';
import type { Storage } from '../memory.ts';
import { keep, tidy, track } from '../memory.ts';
import { requireDType, sharedDevice } from '../ops/compute.ts';
import { activeRecorder } from '../recording.ts';
import type { Layout, Shape } from '../shape.ts';
import { isContiguous, sameShape, sizeOf } from '../shape.ts';
import type { Tensor } from '../tensor.ts';

/** Numbers nested to the depth of the tensor's rank. */
export type NestedArray = number | NestedArray[];

/** The recorded operation behind a tensor, and which of its outputs the tensor is. */
export interface Origin {
  readonly node: GradientNode;
  readonly output: number;
}

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

/** What a tensor is before any op: elements in a buffer, a place in the graph, a lifetime. */
export abstract class TensorHandle {
  readonly shape: Shape;
  readonly dtype: DType;
  /** Where the elements lie in the buffer, which several tensors may share. */
  readonly layout: Layout;
  #lease: Lease | null;
  #output = 0;
  #isLeafWithGradient = false;
  #grad: Tensor | null = null;

  /** Takes over one reference to the storage. */
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
  get origin(): Origin | null {
    const { node } = this.#held();
    return node === null ? null : { node, output: this.#output };
  }

  /** Makes a tensor from a storage, of which it takes over one reference. */
  abstract derive(storage: Storage, layout: Layout, dtype: DType): Tensor;

  /** A second handle on the same elements, outside of the graph and of any `tidy`. */
  hold(): Tensor {
    return keep(this.detach());
  }

  /** Makes this tensor an output of a recorded operation. */
  attach(node: GradientNode, output: number): void {
    node.retain();
    this.#held().node = node;
    this.#output = output;
  }

  #held(op?: string): Lease {
    if (this.#lease === null) {
      throw new TensorError(
        'USE_AFTER_DISPOSE',
        `a tensor of shape [${this.shape.join(', ')}] was disposed`,
        {
          op,
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
    const value = this.#isLeafWithGradient || this.#held().node !== null;
    activeRecorder()?.readRequiresGrad(this, value);
    return value;
  }

  /** Only leaves (tensors that no recorded operation made) can be switched. */
  set requiresGrad(value: boolean) {
    const { node } = this.#held('requiresGrad');
    if (value && this.dtype !== 'float32') {
      throw new TensorError(
        'DTYPE_MISMATCH',
        `only float32 tensors have gradients, this one is ${this.dtype}`,
        {
          op: 'requiresGrad',
        },
      );
    }
    if (node !== null) {
      throw new TensorError(
        'INVALID_GRAPH',
        'only leaves can be switched; use detach() for the result of an op',
        {
          op: 'requiresGrad',
        },
      );
    }
    activeRecorder()?.writeRequiresGrad(this);
    this.#isLeafWithGradient = value;
  }

  /** Gradients of all `backward` calls since it was last cleared, summed. */
  get grad(): Tensor | null {
    activeRecorder()?.readGradient(this, this.#grad);
    return this.#grad;
  }

  /** Takes the gradient over: the tensor before it is disposed, and this one is with its owner. */
  set grad(gradient: Tensor | null) {
    if (gradient !== null) {
      sharedDevice('grad', [this, gradient]);
      requireDType('grad', 'the gradient', gradient, this.dtype);
      if (!sameShape(gradient.shape, this.shape)) {
        throw shapeError('grad', [gradient.shape], `the shape of its tensor, [${this.shape.join(', ')}]`);
      }
    }
    activeRecorder()?.writeGradient(this);
    if (gradient === this.#grad) return;
    this.#grad?.dispose();
    this.#grad = gradient === null ? null : keep(gradient);
  }

  /** The same elements, outside of the graph. */
  detach(): Tensor {
    return this.derive(this.#held('detach').storage.retain(), this.layout, this.dtype);
  }

  /** A copy outside of the graph and of any `tidy`. */
  copy(): Tensor {
    return keep(tidy(() => this.detach().clone()));
  }

  // Reading.

  /** What it is, not what it holds: elements are read with `data`, `item` and `array`. */
  toString(): string {
    const place = this.isDisposed ? 'disposed' : `on ${this.device}`;
    return `Tensor(${this.dtype} [${this.shape.join(', ')}], ${place})`;
  }

  /** The elements in row-major order, copied to the host. */
  async data(): Promise<Float32Array | Int32Array> {
    this.#held('data');
    if (this.size === 0) return this.dtype === 'int32' ? new Int32Array() : new Float32Array();
    const flat = isContiguous(this.layout) ? this.hold() : this.copy();
    try {
      const { storage, layout } = flat;
      const bytes = await storage.device.read(
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
    this.#held('item');
    if (this.size !== 1) throw shapeError('item', [this.shape], 'a single element');
    return (await this.data())[0]!;
  }

  /** The elements as nested arrays; a plain number for a scalar. */
  async array(): Promise<NestedArray> {
    this.#held('array');
    const flat = await this.data();
    const nest = (axis: number, start: number): NestedArray => {
      if (axis === this.ndim) return flat[start]!;
      const step = sizeOf(this.shape.slice(axis + 1));
      return Array.from({ length: this.shape[axis]! }, (_, i) => nest(axis + 1, start + i * step));
    };
    return nest(0, 0);
  }
}
