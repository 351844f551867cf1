import type { Backend, Command, DeviceBuffer, Executable, KernelTiming } from '../backend.ts';
import { TensorError } from '../error.ts';
import type { Kernel } from '../kernel.ts';
import { attentionBackwardProgram, attentionForwardProgram } from './cpu/attention.ts';
import type { Program } from './cpu/buffer.ts';
import { CpuBuffer } from './cpu/buffer.ts';
import { conv2dInputGradientProgram, conv2dProgram, conv2dWeightGradientProgram } from './cpu/convolution.ts';
import { elementwiseProgram } from './cpu/elementwise.ts';
import { gatherProgram, scatterAddProgram } from './cpu/gather.ts';
import { gruBackwardProgram, gruForwardProgram } from './cpu/gru.ts';
import { lstmBackwardProgram, lstmForwardProgram } from './cpu/lstm.ts';
import { matmulProgram } from './cpu/matmul.ts';
import { adagradProgram, adamProgram, rmspropProgram, sgdProgram } from './cpu/optimizer.ts';
import {
  avgPool2dGradientProgram,
  avgPool2dProgram,
  maxPool2dGradientProgram,
  maxPool2dProgram,
} from './cpu/pool.ts';
import { randomProgram } from './cpu/random.ts';
import { reduceProgram } from './cpu/reduce.ts';
import { makeOnHost } from './host-memory.ts';
import { Stopwatch } from './stopwatch.ts';

/** The reference device: plain loops over typed arrays, in 64-bit arithmetic, rounded to the dtype when stored. */
class CpuBackend implements Backend {
  readonly name: string;
  readonly adapter = 'JavaScript';
  readonly #stopwatch = new Stopwatch();

  constructor(name: string) {
    this.name = name;
  }

  allocate(byteLength: number): CpuBuffer {
    return new CpuBuffer(byteLength);
  }

  write(buffer: DeviceBuffer, bytes: ArrayBufferView, byteOffset: number): void {
    ownBuffer(buffer).bytes.set(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength), byteOffset);
  }

  async read(buffer: DeviceBuffer, byteOffset: number, byteLength: number): Promise<ArrayBuffer> {
    const { memory } = ownBuffer(buffer);
    return makeOnHost(byteLength, () => memory.slice(byteOffset, byteOffset + byteLength));
  }

  free(buffer: DeviceBuffer): void {
    ownBuffer(buffer).release();
  }

  compile(kernel: Kernel): Executable {
    return new CpuExecutable(kernel, programFor(kernel));
  }

  dispatch(commands: readonly Command[]): void {
    this.#stopwatch.run(commands, ({ executable, buffers, scalars }) => {
      if (!(executable instanceof CpuExecutable)) throw foreign('an executable');
      executable.program(buffers.map(ownBuffer), scalars);
    });
  }

  beginProfile(): void {
    this.#stopwatch.begin();
  }

  endProfile(): Promise<readonly KernelTiming[]> {
    return Promise.resolve(this.#stopwatch.end());
  }
}

class CpuExecutable implements Executable {
  readonly kernel: Kernel;
  readonly program: Program;

  constructor(kernel: Kernel, program: Program) {
    this.kernel = kernel;
    this.program = program;
  }
}

function ownBuffer(buffer: DeviceBuffer): CpuBuffer {
  if (!(buffer instanceof CpuBuffer)) throw foreign('a buffer');
  return buffer;
}

function foreign(what: string): TensorError {
  return new TensorError('DEVICE_MISMATCH', `${what} of another device was given to the cpu device`);
}

function programFor(kernel: Kernel): Program {
  switch (kernel.kind) {
    case 'elementwise':
      return elementwiseProgram(kernel);
    case 'reduce':
      return reduceProgram(kernel);
    case 'matmul':
      return matmulProgram(kernel);
    case 'gather':
      return gatherProgram(kernel);
    case 'scatterAdd':
      return scatterAddProgram(kernel);
    case 'random':
      return randomProgram(kernel);
    case 'lstmForward':
      return lstmForwardProgram(kernel);
    case 'lstmBackward':
      return lstmBackwardProgram(kernel);
    case 'gruForward':
      return gruForwardProgram(kernel);
    case 'gruBackward':
      return gruBackwardProgram(kernel);
    case 'attentionForward':
      return attentionForwardProgram(kernel);
    case 'attentionBackward':
      return attentionBackwardProgram(kernel);
    case 'sgd':
      return sgdProgram(kernel);
    case 'adam':
      return adamProgram(kernel);
    case 'rmsprop':
      return rmspropProgram(kernel);
    case 'adagrad':
      return adagradProgram(kernel);
    case 'conv2d':
      return conv2dProgram(kernel);
    case 'conv2dInputGradient':
      return conv2dInputGradientProgram(kernel);
    case 'conv2dWeightGradient':
      return conv2dWeightGradientProgram(kernel);
    case 'maxPool2d':
      return maxPool2dProgram(kernel);
    case 'maxPool2dGradient':
      return maxPool2dGradientProgram(kernel);
    case 'avgPool2d':
      return avgPool2dProgram(kernel);
    case 'avgPool2dGradient':
      return avgPool2dGradientProgram(kernel);
  }
}

export function openCpuBackend(name: string): Backend {
  return new CpuBackend(name);
}
