import type { Backend, Command, DeviceBuffer, Executable, KernelTiming } from '../../backend.ts';
import { TensorError } from '../../error.ts';
import type { Kernel } from '../../kernel.ts';
import { attentionBackwardProgram, attentionForwardProgram } from './attention.ts';
import { makeOnHost } from '../host-memory.ts';
import { Stopwatch } from '../stopwatch.ts';
import { conv2dInputGradientProgram, conv2dProgram, conv2dWeightGradientProgram } from './convolution.ts';
import { elementwiseProgram } from './elementwise.ts';
import { gatherProgram, scatterAddProgram } from './gather.ts';
import { gruBackwardProgram, gruForwardProgram } from './gru.ts';
import { lstmBackwardProgram, lstmForwardProgram } from './lstm.ts';
import type { Machine } from './machine.ts';
import { matmulProgram } from './matmul.ts';
import { adagradProgram, adamProgram, rmspropProgram, sgdProgram } from './optimizer.ts';
import {
  avgPool2dGradientProgram,
  avgPool2dProgram,
  maxPool2dGradientProgram,
  maxPool2dProgram,
} from './pool.ts';
import type { Program } from './program.ts';
import { randomProgram } from './random.ts';
import { reduceProgram } from './reduce.ts';

/** A block of the device's heap. */
class WasmBuffer implements DeviceBuffer {
  readonly pointer: number;
  readonly byteLength: number;

  constructor(pointer: number, byteLength: number) {
    this.pointer = pointer;
    this.byteLength = byteLength;
  }
}

class WasmExecutable implements Executable {
  readonly kernel: Kernel;
  readonly program: Program;

  constructor(kernel: Kernel, program: Program) {
    this.kernel = kernel;
    this.program = program;
  }
}

export class WasmDevice implements Backend {
  readonly name: string;
  readonly #machine: Machine;
  /** Why there are fewer threads than asked for, if so. */
  readonly #obstacle: string | null;
  readonly #stopwatch = new Stopwatch();

  constructor(name: string, machine: Machine, obstacle: string | null = null) {
    this.name = name;
    this.#machine = machine;
    this.#obstacle = obstacle;
  }

  /** A worker that cannot start, which shows only at the first large kernel, changes it. */
  get adapter(): string {
    const { isRelaxed, threads } = this.#machine;
    const simd = isRelaxed ? 'WebAssembly relaxed SIMD' : 'WebAssembly SIMD';
    const problem = threads?.problem ?? this.#obstacle;
    const count = threads?.count ?? 1;
    return `${simd}, ${count === 1 ? '1 thread' : `${count} threads`}${problem === null ? '' : ` (${problem})`}`;
  }

  allocate(byteLength: number): WasmBuffer {
    return new WasmBuffer(this.#machine.heap.allocate(byteLength), byteLength);
  }

  write(buffer: DeviceBuffer, bytes: ArrayBufferView, byteOffset: number): void {
    const source = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#machine.heap.bytes.set(source, this.#pointerOf(buffer) + byteOffset);
  }

  async read(buffer: DeviceBuffer, byteOffset: number, byteLength: number): Promise<ArrayBuffer> {
    const start = this.#pointerOf(buffer) + byteOffset;
    const { bytes } = this.#machine.heap;
    return makeOnHost(byteLength, () => bytes.slice(start, start + byteLength).buffer as ArrayBuffer);
  }

  free(buffer: DeviceBuffer): void {
    this.#machine.heap.free(this.#pointerOf(buffer));
  }

  compile(kernel: Kernel): Executable {
    return new WasmExecutable(kernel, programFor(this.#machine, kernel));
  }

  dispatch(commands: readonly Command[]): void {
    this.#stopwatch.run(commands, ({ executable, buffers, scalars }) => {
      if (!(executable instanceof WasmExecutable)) throw foreign('an executable');
      executable.program(
        buffers.map((buffer) => this.#pointerOf(buffer)),
        scalars,
      );
    });
  }

  beginProfile(): void {
    this.#stopwatch.begin();
  }

  endProfile(): Promise<readonly KernelTiming[]> {
    return Promise.resolve(this.#stopwatch.end());
  }

  destroy(): void {
    this.#machine.threads?.end();
  }

  #pointerOf(buffer: DeviceBuffer): number {
    if (!(buffer instanceof WasmBuffer)) throw foreign('a buffer');
    return buffer.pointer;
  }
}

function foreign(what: string): TensorError {
  return new TensorError('DEVICE_MISMATCH', `${what} of another device was given to the wasm device`);
}

function programFor(machine: Machine, kernel: Kernel): Program {
  switch (kernel.kind) {
    case 'elementwise':
      return elementwiseProgram(machine, kernel);
    case 'reduce':
      return reduceProgram(machine, kernel);
    case 'matmul':
      return matmulProgram(machine, kernel);
    case 'gather':
      return gatherProgram(machine, kernel);
    case 'scatterAdd':
      return scatterAddProgram(machine, kernel);
    case 'random':
      return randomProgram(machine, kernel);
    case 'lstmForward':
      return lstmForwardProgram(machine, kernel);
    case 'lstmBackward':
      return lstmBackwardProgram(machine, kernel);
    case 'gruForward':
      return gruForwardProgram(machine, kernel);
    case 'gruBackward':
      return gruBackwardProgram(machine, kernel);
    case 'attentionForward':
      return attentionForwardProgram(machine, kernel);
    case 'attentionBackward':
      return attentionBackwardProgram(machine, kernel);
    case 'sgd':
      return sgdProgram(machine, kernel);
    case 'adam':
      return adamProgram(machine, kernel);
    case 'rmsprop':
      return rmspropProgram(machine, kernel);
    case 'adagrad':
      return adagradProgram(machine, kernel);
    case 'conv2d':
      return conv2dProgram(machine, kernel);
    case 'conv2dInputGradient':
      return conv2dInputGradientProgram(machine, kernel);
    case 'conv2dWeightGradient':
      return conv2dWeightGradientProgram(machine, kernel);
    case 'maxPool2d':
      return maxPool2dProgram(machine, kernel);
    case 'maxPool2dGradient':
      return maxPool2dGradientProgram(machine, kernel);
    case 'avgPool2d':
      return avgPool2dProgram(machine, kernel);
    case 'avgPool2dGradient':
      return avgPool2dGradientProgram(machine, kernel);
  }
}
