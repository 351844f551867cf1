import type { Command, DeviceBuffer } from '../backend.ts';
import { TensorError } from '../error.ts';
import { Storage } from '../memory.ts';
import { checkIndices } from '../ops/gather.ts';
import { contiguousLayout } from '../shape.ts';
import { Tensor } from '../tensor.ts';
import { accessOf } from './access.ts';
import { allocateBuffers } from './arena.ts';
import { optimize } from './optimize.ts';
import { mapLeaves } from './structure.ts';
import type { Port, Trace } from './trace.ts';
import { ResultPlace } from './trace.ts';
import type { TracedCommand } from './tracer.ts';
import { copyKernel } from './tracer.ts';

/** How an argument comes in: the command of the last time serves again if the tensor lies in the same place. */
interface Delivery {
  readonly index: number;
  readonly port: Port;
  readonly target: DeviceBuffer;
  command: Command | null;
  layout: Tensor['layout'] | null;
}

/** A command that writes results, whose buffers are new each time. */
interface Handover {
  readonly place: number;
  readonly command: Command;
  readonly outputs: readonly (number | undefined)[];
}

/** Numbers to be found before each run; the command that gets them may have been dropped. */
interface Renewal {
  readonly read: () => readonly number[];
  readonly command: Command | undefined;
}

/** A traced step as a list of commands on real buffers, to be run again and again. */
export class Capture {
  readonly #trace: Trace;
  readonly #owned: readonly DeviceBuffer[];
  readonly #commands: Command[];
  readonly #deliveries: readonly Delivery[];
  readonly #handovers: readonly Handover[];
  readonly #renewals: readonly Renewal[];
  readonly #changed: readonly Storage[];
  #hasRun = false;

  /** Takes over what the trace holds, unless it fails. */
  constructor(trace: Trace) {
    const { device, inputs, outputs, survivors } = trace;
    const ends = [...survivors.map(({ buffer }) => buffer), ...outputs.map(({ buffer }) => buffer)];
    const commands = optimize(trace.commands, new Set(ends));
    const executables = commands.map(({ kernel }) => device.prepare(kernel));
    const { real, owned } = allocateBuffers(trace, commands);
    this.#trace = trace;
    this.#owned = owned;
    const written = new Set(commands.flatMap((command) => accessOf(command).writes));
    this.#changed = [...trace.outer.filter(({ buffer }) => written.has(buffer)), ...survivors];
    for (const storage of survivors) storage.settle(real.get(storage.buffer)!);

    this.#deliveries = inputs.flatMap((port, index) => {
      const target = real.get(port.buffer);
      return target === undefined || target.byteLength === 0
        ? []
        : [{ index, port, target, command: null, layout: null }];
    });
    const bodies = commands.map(({ buffers, scalars }, i): Command => ({
      executable: executables[i]!,
      buffers: buffers.map((buffer) => real.get(buffer) ?? buffer),
      scalars: typeof scalars === 'function' ? [] : scalars,
    }));
    this.#handovers = findHandovers(commands, bodies, outputs, this.#deliveries.length);
    this.#renewals = trace.commands.flatMap(({ scalars }) => {
      if (typeof scalars !== 'function') return [];
      return [{ read: scalars, command: bodies[commands.findIndex((each) => each.scalars === scalars)] }];
    });
    this.#commands = [...this.#deliveries.map(() => bodies[0]!), ...bodies];
  }

  /** False when a tensor from outside was frozen or unfrozen since, so that the step would do other things by now. */
  get isCurrent(): boolean {
    return this.#trace.switches.every(
      ({ tensor, found }) => tensor.isDisposed || tensor.requiresGrad === found,
    );
  }

  /** Runs the step on the tensors of its arguments, in their order. */
  run(tensors: readonly Tensor[]): unknown {
    if (this.#hasRun) this.#check();
    const { device, checks, outputs, result } = this.#trace;
    const results: Tensor[] = [];
    try {
      for (const { input, check } of checks) checkIndices(tensors[input]!, check);
      for (const { shape, dtype } of outputs) {
        const storage = new Storage(device, { op: 'compile', shape, dtype });
        results.push(new Tensor(storage, contiguousLayout(shape), dtype));
      }
      for (const [i, delivery] of this.#deliveries.entries()) {
        this.#commands[i] = this.#deliver(delivery, tensors[delivery.index]!);
      }
      // After all that may fail, since reading them counts as a step.
      for (const { read, command } of this.#renewals) {
        const scalars = read();
        if (command !== undefined) command.scalars = scalars;
      }
      for (const { place, command, outputs: positions } of this.#handovers) {
        const buffers = command.buffers.map((buffer, i) => {
          const position = positions[i];
          return position === undefined ? buffer : results[position]!.storage.buffer;
        });
        this.#commands[place] = { ...command, buffers };
      }
      device.submit(this.#commands);
    } catch (error) {
      for (const tensor of results) tensor.dispose();
      if (!this.#hasRun) this.#dropGradients();
      throw error;
    }
    for (const storage of this.#changed) storage.markChanged();
    if (this.#hasRun) this.#leaveGradients();
    this.#hasRun = true;
    return mapLeaves(result, (leaf) => (leaf instanceof ResultPlace ? results[leaf.index] : leaf));
  }

  /** Gives back its buffers, and lets go of those of other tensors. */
  dispose(): void {
    for (const storage of [...this.#trace.outer, ...this.#trace.survivors]) storage.letGo();
    for (const buffer of this.#owned) this.#trace.device.free(buffer);
  }

  #deliver(delivery: Delivery, { storage, layout, dtype, shape }: Tensor): Command {
    const { buffer, device } = storage;
    const { command, layout: before, target } = delivery;
    const isKnown =
      command !== null &&
      command.buffers[0] === buffer &&
      before!.offset === layout.offset &&
      before!.strides.every((stride, axis) => stride === layout.strides[axis]);
    if (isKnown) return command;
    const kernel = copyKernel(shape, { dtype, strides: layout.strides, offset: layout.offset });
    delivery.layout = layout;
    delivery.command = { executable: device.prepare(kernel), buffers: [buffer, target], scalars: [] };
    return delivery.command;
  }

  /** Refuses to run when tensors are not as they were when the step was captured. */
  #check(): void {
    for (const { tensor, found } of this.#trace.gradients) {
      if (found === undefined || (tensor.grad?.storage ?? null) === found) continue;
      const shape = `[${tensor.shape.join(', ')}]`;
      throw new TensorError(
        'INVALID_GRAPH',
        found === null
          ? `a tensor of shape ${shape} has a gradient, which it had not when the step was captured; begin the step with zeroGrad`
          : `the captured step uses a gradient of a tensor of shape ${shape} that is no longer its gradient; call backward within the step`,
        { op: 'compile' },
      );
    }
    if (!this.#trace.outer.every(({ isOwned }) => isOwned)) {
      throw new TensorError('USE_AFTER_DISPOSE', 'a tensor that the captured step uses was disposed', {
        op: 'compile',
      });
    }
  }

  /** What stands there was never worked out. */
  #dropGradients(): void {
    for (const { tensor, left } of this.#trace.gradients) {
      if (left && tensor.grad?.storage === left.storage) tensor.grad = null;
    }
  }

  /** Puts gradients where the step leaves them: they may have been cleared, or come from a step captured for other shapes. */
  #leaveGradients(): void {
    for (const { tensor, left } of this.#trace.gradients) {
      if (left === undefined || tensor.isDisposed) continue;
      if (left === null) tensor.grad = null;
      else if (tensor.grad?.storage !== left.storage) {
        tensor.grad = tensor.derive(left.storage.retain(), left.layout, tensor.dtype);
      }
    }
  }
}

function findHandovers(
  commands: readonly TracedCommand[],
  bodies: readonly Command[],
  outputs: readonly Port[],
  shift: number,
): Handover[] {
  const positions = new Map<DeviceBuffer, number>(outputs.map(({ buffer }, index) => [buffer, index]));
  return commands.flatMap(({ buffers }, place) =>
    buffers.some((buffer) => positions.has(buffer))
      ? [
          {
            place: place + shift,
            command: bodies[place]!,
            outputs: buffers.map((buffer) => positions.get(buffer)),
          },
        ]
      : [],
  );
}
