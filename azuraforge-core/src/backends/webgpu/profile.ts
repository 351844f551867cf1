import type { KernelTiming } from '../../backend.ts';
import type { Kernel } from '../../kernel.ts';
import { MAP_READ, USAGE } from './memory.ts';

/** Times commands while it is attached to a queue. */
export interface Profile {
  /** Before the passes of a command. */
  begin(kernel: Kernel): void;
  /** Where a pass writes its times, if it does. */
  stamps(): GPUComputePassTimestampWrites | undefined;
  /** After the passes of a command; whether they have to be handed over at once. */
  end(): boolean;
  /** After a command that was handed over at once. */
  submitted(): void;
  /** The times, once all is done that was handed over. */
  timings(): Promise<readonly KernelTiming[]>;
}

/** Times that a set of queries holds at most. */
const SET_SIZE = 4096;
const TIME_BYTES = 8;
const NANOSECONDS = 1e-6;

/** By the clock of the device, which each pass reads at its begin and at its end. */
class TimestampProfile implements Profile {
  readonly #device: GPUDevice;
  readonly #sets: GPUQuerySet[] = [];
  readonly #commands: { readonly kernel: Kernel; passes: number }[] = [];
  #times = 0;

  constructor(device: GPUDevice) {
    this.#device = device;
  }

  begin(kernel: Kernel): void {
    this.#commands.push({ kernel, passes: 0 });
  }

  stamps(): GPUComputePassTimestampWrites {
    const at = this.#times % SET_SIZE;
    if (at === 0) this.#sets.push(this.#device.createQuerySet({ type: 'timestamp', count: SET_SIZE }));
    this.#times += 2;
    this.#commands.at(-1)!.passes += 1;
    return {
      querySet: this.#sets.at(-1)!,
      beginningOfPassWriteIndex: at,
      endOfPassWriteIndex: at + 1,
    };
  }

  end(): boolean {
    return false;
  }

  submitted(): void {
    // The device keeps the times.
  }

  async timings(): Promise<readonly KernelTiming[]> {
    const times = await this.#readTimes();
    let next = 0;
    return this.#commands.map(({ kernel, passes }) => {
      let milliseconds = 0;
      for (let pass = 0; pass < passes; pass++, next += 2)
        milliseconds += Number(times[next + 1]! - times[next]!) * NANOSECONDS;
      return { kernel, milliseconds };
    });
  }

  async #readTimes(): Promise<BigUint64Array> {
    if (this.#times === 0) return new BigUint64Array();
    const size = this.#sets.length * SET_SIZE * TIME_BYTES;
    const resolved = this.#device.createBuffer({ size, usage: USAGE.QUERY_RESOLVE | USAGE.COPY_SRC });
    const readable = this.#device.createBuffer({ size, usage: USAGE.MAP_READ | USAGE.COPY_DST });
    const encoder = this.#device.createCommandEncoder();
    for (const [i, set] of this.#sets.entries()) {
      const count = Math.min(SET_SIZE, this.#times - i * SET_SIZE);
      encoder.resolveQuerySet(set, 0, count, resolved, i * SET_SIZE * TIME_BYTES);
    }
    encoder.copyBufferToBuffer(resolved, 0, readable, 0, size);
    this.#device.queue.submit([encoder.finish()]);
    await readable.mapAsync(MAP_READ);
    const times = new BigUint64Array(readable.getMappedRange().slice(0));
    for (const resource of [resolved, readable, ...this.#sets]) resource.destroy();
    return times;
  }
}

/** By the clock of the host, for devices without one: each command is waited for, one after the other. */
class WaitingProfile implements Profile {
  readonly #device: GPUDevice;
  readonly #commands: { readonly kernel: Kernel; readonly done: Promise<number> }[] = [];
  readonly #start = performance.now();
  #kernel: Kernel | null = null;

  constructor(device: GPUDevice) {
    this.#device = device;
  }

  begin(kernel: Kernel): void {
    this.#kernel = kernel;
  }

  stamps(): undefined {
    return undefined;
  }

  end(): boolean {
    return true;
  }

  submitted(): void {
    const done = this.#device.queue.onSubmittedWorkDone().then(() => performance.now());
    this.#commands.push({ kernel: this.#kernel!, done });
  }

  async timings(): Promise<readonly KernelTiming[]> {
    let before = this.#start;
    const timings: KernelTiming[] = [];
    for (const { kernel, done } of this.#commands) {
      const now = await done;
      timings.push({ kernel, milliseconds: now - before });
      before = now;
    }
    return timings;
  }
}

export function openProfile(device: GPUDevice): Profile {
  return device.features.has('timestamp-query') ? new TimestampProfile(device) : new WaitingProfile(device);
}
