import type { Backend, Command, DeviceBuffer, Executable, KernelTiming, Purpose } from '../backend.ts';
import { TensorError } from '../error.ts';
import type { Kernel } from '../kernel.ts';
import { findAdapter, openDevice } from './webgpu/adapter.ts';
import { attentionBackwardProgram, attentionForwardProgram } from './webgpu/attention.ts';
import { convolutionProgram } from './webgpu/convolution.ts';
import { elementwiseProgram } from './webgpu/elementwise.ts';
import { gatherProgram, scatterAddProgram } from './webgpu/gather.ts';
import { gruBackwardProgram, gruForwardProgram } from './webgpu/gru.ts';
import { lstmBackwardProgram, lstmForwardProgram } from './webgpu/lstm.ts';
import { matmulProgram } from './webgpu/matmul.ts';
import { GpuBuffer } from './webgpu/memory.ts';
import type { WebGpuOptions } from './webgpu/options.ts';
import { adagradProgram, adamProgram, rmspropProgram, sgdProgram } from './webgpu/optimizer.ts';
import {
  avgPool2dGradientProgram,
  avgPool2dProgram,
  maxPool2dGradientProgram,
  maxPool2dProgram,
} from './webgpu/pool.ts';
import type { Lanes } from './webgpu/product.ts';
import type { Program } from './webgpu/program.ts';
import { CommandQueue } from './webgpu/queue.ts';
import { randomProgram } from './webgpu/random.ts';
import { reduceProgram } from './webgpu/reduce.ts';

/** The device that computes with WGSL shaders; `destroy` gives the GPU back. */
export interface WebGpuBackend extends Backend {
  destroy(): void;
}

class GpuExecutable implements Executable {
  readonly kernel: Kernel;
  readonly program: Program;

  constructor(kernel: Kernel, program: Program) {
    this.kernel = kernel;
    this.program = program;
  }
}

class WebGpuDevice implements WebGpuBackend {
  readonly name: string;
  readonly adapter: string;
  readonly #device: GPUDevice;
  readonly #lanes: Lanes;
  readonly #queue: CommandQueue;
  readonly #lost: Promise<never>;
  #failure: TensorError | null = null;

  constructor(name: string, adapter: string, device: GPUDevice, lanes: Lanes) {
    this.name = name;
    this.adapter = adapter;
    this.#device = device;
    this.#lanes = lanes;
    this.#queue = new CommandQueue(device);
    this.#lost = device.lost.then(({ reason, message }) => {
      const cause = message || reason;
      this.#failure ??= new TensorError('DEVICE_UNAVAILABLE', `device '${name}' was lost: ${cause}`, {
        details: { reason, message },
      });
      throw this.#failure;
    });
    this.#lost.catch(() => undefined);
    device.addEventListener('uncapturederror', ({ error }) => {
      const isMemory = 'GPUOutOfMemoryError' === error.constructor.name;
      this.#failure ??= new TensorError(
        isMemory ? 'OUT_OF_MEMORY' : 'DEVICE_UNAVAILABLE',
        `device '${name}' ${isMemory ? 'ran out of memory' : 'failed'}: ${error.message}`,
        { details: { message: error.message } },
      );
    });
  }

  allocate(byteLength: number, purpose?: Purpose): GpuBuffer {
    this.#check();
    return new GpuBuffer(byteLength, this.#queue.memory.take(byteLength, purpose));
  }

  write(buffer: DeviceBuffer, bytes: ArrayBufferView, byteOffset: number): void {
    this.#check();
    this.#queue.write(ownBuffer(buffer).block, bytes, byteOffset);
  }

  async read(buffer: DeviceBuffer, byteOffset: number, byteLength: number): Promise<ArrayBuffer> {
    this.#check();
    return this.#orFailure(this.#queue.read(ownBuffer(buffer).block, byteOffset, byteLength));
  }

  free(buffer: DeviceBuffer): void {
    this.#queue.memory.giveBack(ownBuffer(buffer).block);
  }

  compile(kernel: Kernel): Executable {
    this.#check();
    return new GpuExecutable(kernel, programFor(kernel, this.#device.limits, this.#lanes));
  }

  /** A list of commands goes to the device in one submission, single ones in batches. */
  dispatch(commands: readonly Command[]): void {
    this.#check();
    for (const { executable, buffers, scalars } of commands) {
      if (!(executable instanceof GpuExecutable)) throw foreign('an executable');
      const blocks = buffers.map((buffer) => ownBuffer(buffer).block);
      this.#queue.run(executable.kernel, executable.program, blocks, scalars);
    }
    if (commands.length > 1) this.#queue.submit();
    else this.#queue.submitBatch();
  }

  beginProfile(): void {
    this.#check();
    this.#queue.beginProfile();
  }

  async endProfile(): Promise<readonly KernelTiming[]> {
    this.#check();
    return this.#orFailure(this.#queue.endProfile());
  }

  destroy(): void {
    this.#device.destroy();
  }

  /** What the device answers, or its failure: a loss is told a little later than the answer that does not come. */
  async #orFailure<T>(answer: Promise<T>): Promise<T> {
    const value = await answer.catch(async (cause: unknown) => {
      if ((cause as Error).name === 'AbortError') await this.#lost;
      this.#check();
      throw cause;
    });
    this.#check();
    return value;
  }

  /** Refuses to go on after a failure, of which the device tells some time after the call that caused it. */
  #check(): void {
    if (this.#failure !== null) throw this.#failure;
  }
}

function ownBuffer(buffer: DeviceBuffer): GpuBuffer {
  if (!(buffer instanceof GpuBuffer)) throw foreign('a buffer');
  return buffer;
}

function foreign(what: string): TensorError {
  return new TensorError('DEVICE_MISMATCH', `${what} of another device was given to the webgpu device`);
}

function programFor(
  kernel: Kernel,
  { maxStorageBuffersPerShaderStage: maxBuffers }: GPUSupportedLimits,
  lanes: Lanes,
): Program {
  switch (kernel.kind) {
    case 'elementwise':
      return elementwiseProgram(kernel);
    case 'reduce':
      return reduceProgram(kernel);
    case 'matmul':
      return matmulProgram(kernel, lanes);
    case 'gather':
      return gatherProgram(kernel);
    case 'scatterAdd':
      return scatterAddProgram(kernel);
    case 'random':
      return randomProgram(kernel);
    case 'lstmForward':
      return lstmForwardProgram(kernel, lanes);
    case 'lstmBackward':
      return lstmBackwardProgram(kernel, lanes);
    case 'sgd':
      return sgdProgram(kernel, maxBuffers);
    case 'adam':
      return adamProgram(kernel, maxBuffers);
    case 'rmsprop':
      return rmspropProgram(kernel, maxBuffers);
    case 'adagrad':
      return adagradProgram(kernel, maxBuffers);
    case 'gruForward':
      return gruForwardProgram(kernel, lanes);
    case 'gruBackward':
      return gruBackwardProgram(kernel, lanes);
    case 'attentionForward':
      return attentionForwardProgram(kernel);
    case 'attentionBackward':
      return attentionBackwardProgram(kernel);
    case 'conv2d':
    case 'conv2dInputGradient':
    case 'conv2dWeightGradient':
      return convolutionProgram(kernel, lanes);
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

/**
 * Opens the fastest adapter: `navigator.gpu` in a browser, the package `webgpu` in Node. Without one, or with a software
 * adapter where that is refused, the error says what was tried, what was found and what to install.
 */
export async function openWebGpuBackend(name: string, options: WebGpuOptions = {}): Promise<WebGpuBackend> {
  const { software = 'refuse', tuning = 'adapter' } = options;
  const { adapter, text, lanes } = await findAdapter(name, software, tuning);
  return new WebGpuDevice(name, text, await openDevice(adapter), lanes);
}
