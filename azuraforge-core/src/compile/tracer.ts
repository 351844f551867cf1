import type { DeviceBuffer } from '../backend.ts';
import type { Device } from '../device.ts';
import { TensorError } from '../error.ts';
import { input } from '../expression.ts';
import type { ElementwiseKernel, Kernel, Operand } from '../kernel.ts';
import type { Storage } from '../memory.ts';
import type { Recorder, Scalars } from '../recording.ts';
import type { Shape } from '../shape.ts';
import { contiguousStrides } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import type { TensorHandle } from '../tensor/handle.ts';

/** Stands for a buffer while a step is traced. */
export class VirtualBuffer implements DeviceBuffer {
  readonly byteLength: number;
  /** What it holds before the first command, when that comes from the host. */
  readonly content: Float32Array | Int32Array | null;

  constructor(byteLength: number, content: Float32Array | Int32Array | null = null) {
    this.byteLength = byteLength;
    this.content = content;
  }
}

/** A kernel that a step ran, on buffers that are virtual or belong to tensors from outside. */
export interface TracedCommand {
  readonly kernel: Kernel;
  readonly buffers: readonly DeviceBuffer[];
  readonly scalars: Scalars;
}

/** What a step did with the gradient of a tensor. */
export interface GradientNote {
  /** The gradient that the step found, null for none; undefined when it replaced it without a look. */
  readonly found: Storage | null | undefined;
  isWritten: boolean;
}

/** Walks over `operand` in the row-major order of `shape`, and puts the elements one after the other. */
export function copyKernel(shape: Shape, operand: Operand): ElementwiseKernel {
  const output = { dtype: operand.dtype, strides: contiguousStrides(shape), offset: 0 };
  return { kind: 'elementwise', shape, inputs: [operand], output, expression: input(0) };
}

/** A storage whose elements are used as indices, and what throws for one that is out of range. */
export interface IndexNote {
  readonly storage: Storage;
  readonly check: (index: number) => void;
}

/** Takes down one run of a step. Every storage that the step makes or uses is held from then on. */
export class Tracer implements Recorder {
  readonly commands: TracedCommand[] = [];
  readonly storages = new Set<Storage>();
  readonly gradients = new Map<TensorHandle, GradientNote>();
  /** What the step found `requiresGrad` of a tensor to be; undefined when it switched it without a look. */
  readonly switches = new Map<TensorHandle, boolean | undefined>();
  readonly indices: IndexNote[] = [];
  #device: Device | null = null;

  /** The device that the step works on; null when it used none. */
  get device(): Device | null {
    return this.#device;
  }

  allocate(device: Device, byteLength: number): VirtualBuffer {
    this.#enter(device);
    return new VirtualBuffer(byteLength);
  }

  /** Taken down as a copy of numbers that stay, for a step that changes the buffer afterwards. */
  write(buffer: DeviceBuffer, values: Float32Array | Int32Array): void {
    const source = new VirtualBuffer(buffer.byteLength, values.slice());
    const dtype = values instanceof Int32Array ? 'int32' : 'float32';
    const kernel = copyKernel([values.length], { dtype, strides: [1], offset: 0 });
    this.commands.push({ kernel, buffers: [source, buffer], scalars: [] });
  }

  run(device: Device, kernel: Kernel, buffers: readonly DeviceBuffer[], scalars: Scalars): void {
    this.#enter(device);
    this.commands.push({ kernel, buffers, scalars });
  }

  touch(storage: Storage): void {
    if (this.storages.has(storage)) return;
    this.#enter(storage.device);
    this.storages.add(storage);
    storage.hold();
  }

  checkIndices(storage: Storage, check: (index: number) => void): void {
    this.indices.push({ storage, check });
  }

  readGradient(tensor: TensorHandle, gradient: Tensor | null): void {
    if (this.gradients.has(tensor)) return;
    this.gradients.set(tensor, { found: gradient?.storage ?? null, isWritten: false });
  }

  writeGradient(tensor: TensorHandle): void {
    const note = this.gradients.get(tensor);
    if (note === undefined) this.gradients.set(tensor, { found: undefined, isWritten: true });
    else note.isWritten = true;
  }

  readRequiresGrad(tensor: TensorHandle, value: boolean): void {
    if (!this.switches.has(tensor)) this.switches.set(tensor, value);
  }

  writeRequiresGrad(tensor: TensorHandle): void {
    if (!this.switches.has(tensor)) this.switches.set(tensor, undefined);
  }

  #enter(device: Device): void {
    this.#device ??= device;
    if (this.#device === device) return;
    throw new TensorError(
      'DEVICE_MISMATCH',
      `a captured step works on one device, this one uses '${this.#device.name}' and '${device.name}'`,
      { op: 'compile' },
    );
  }
}
