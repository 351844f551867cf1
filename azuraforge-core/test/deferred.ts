import type { Backend, Command, DeviceBuffer, Executable, Kernel } from '../src/index.ts';
import { openCpuBackend } from '../src/index.ts';

/** A buffer whose memory comes and goes when its turn in the queue comes. */
class DeferredBuffer implements DeviceBuffer {
  readonly byteLength: number;
  inner: DeviceBuffer | null = null;

  constructor(byteLength: number) {
    this.byteLength = byteLength;
  }

  get memory(): DeviceBuffer {
    if (this.inner === null) throw new Error('a freed buffer is still in use');
    return this.inner;
  }
}

class DeferredExecutable implements Executable {
  readonly kernel: Kernel;
  readonly inner: Executable;

  constructor(kernel: Kernel, inner: Executable) {
    this.kernel = kernel;
    this.inner = inner;
  }
}

/** The command in terms of the device that does the work. */
function resolve({ executable, buffers, scalars }: Command): Command {
  return {
    executable: (executable as DeferredExecutable).inner,
    buffers: buffers.map((buffer) => (buffer as DeferredBuffer).memory),
    scalars,
  };
}

/**
 * A device that works as a GPU does: nothing runs before something is read, new memory is full of rubbish, and kernels
 * reach it as text. It shows that the package never needs a synchronous read, and that kernels are plain data.
 */
export function openDeferredBackend(name: string): Backend {
  const cpu = openCpuBackend(name);
  let queue: (() => void)[] = [];
  const flush = (): void => {
    const work = queue;
    queue = [];
    for (const run of work) run();
  };
  return {
    name,
    adapter: 'deferred JavaScript',
    allocate(byteLength) {
      const buffer = new DeferredBuffer(byteLength);
      queue.push(() => {
        buffer.inner = cpu.allocate(byteLength);
        cpu.write(buffer.inner, new Uint8Array(byteLength).fill(0xa5), 0);
      });
      return buffer;
    },
    write(buffer, bytes, byteOffset) {
      const copy = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength).slice();
      queue.push(() => cpu.write((buffer as DeferredBuffer).memory, copy, byteOffset));
    },
    async read(buffer, byteOffset, byteLength) {
      const copy: { bytes: Promise<ArrayBuffer> | null } = { bytes: null };
      queue.push(() => {
        copy.bytes = cpu.read((buffer as DeferredBuffer).memory, byteOffset, byteLength);
      });
      await Promise.resolve();
      flush();
      return copy.bytes!;
    },
    free(buffer) {
      queue.push(() => {
        cpu.free((buffer as DeferredBuffer).memory);
        (buffer as DeferredBuffer).inner = null;
      });
    },
    compile(kernel) {
      return new DeferredExecutable(kernel, cpu.compile(JSON.parse(JSON.stringify(kernel)) as Kernel));
    },
    dispatch(commands) {
      const copies = commands.map((command) => ({ ...command, scalars: [...command.scalars] }));
      queue.push(() => cpu.dispatch(copies.map(resolve)));
    },
    beginProfile() {
      queue.push(() => cpu.beginProfile());
    },
    async endProfile() {
      await Promise.resolve();
      flush();
      return cpu.endProfile();
    },
  };
}
