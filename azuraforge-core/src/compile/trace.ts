import { withGradients } from '../autograd.ts';
import type { Device } from '../device.ts';
import { resolveDevice } from '../device.ts';
import { TensorError } from '../error.ts';
import type { DType } from '../kernel.ts';
import { ELEMENT_BYTES } from '../kernel.ts';
import { asyncScopeError, Storage, tidy } from '../memory.ts';
import { recordWith } from '../recording.ts';
import type { Layout, Shape } from '../shape.ts';
import { contiguousLayout, sizeOf } from '../shape.ts';
import { Tensor } from '../tensor.ts';
import type { TensorHandle } from '../tensor/handle.ts';
import { accessOf } from './access.ts';
import { mapLeaves } from './structure.ts';
import type { TracedCommand } from './tracer.ts';
import { copyKernel, Tracer, VirtualBuffer } from './tracer.ts';

/** A tensor that goes into a step or comes out of it, and the virtual buffer that holds its elements one after the other. */
export interface Port {
  readonly buffer: VirtualBuffer;
  readonly shape: Shape;
  readonly dtype: DType;
}

/** Stands in a step's result for one of its tensors. */
export class ResultPlace {
  readonly index: number;

  constructor(index: number) {
    this.index = index;
  }
}

/** The gradient that a step leaves in a tensor, and the one that it expects there. */
export interface GradientChange {
  readonly tensor: TensorHandle;
  /** undefined: whatever is there. */
  readonly found: Storage | null | undefined;
  /** undefined: the step leaves it as it is. */
  readonly left: { readonly storage: Storage; readonly layout: Layout } | null | undefined;
}

/** Whether the step found that a tensor from outside requires a gradient. */
export interface GradientSwitch {
  readonly tensor: TensorHandle;
  readonly found: boolean;
}

/** The tensor at that place among the arguments holds indices, which are to be checked. */
export interface IndexCheck {
  readonly input: number;
  readonly check: (index: number) => void;
}

/** All that one run of a step does. */
export interface Trace {
  readonly device: Device;
  readonly commands: readonly TracedCommand[];
  readonly inputs: readonly Port[];
  readonly checks: readonly IndexCheck[];
  readonly outputs: readonly Port[];
  /** What the step returned, with places for its tensors. */
  readonly result: unknown;
  /** Storages of tensors from outside that the step uses. They are held. */
  readonly outer: readonly Storage[];
  /** Storages that the step made and that are still in use, such as gradients. They are held. */
  readonly survivors: readonly Storage[];
  readonly gradients: readonly GradientChange[];
  readonly switches: readonly GradientSwitch[];
}

/** Runs a step with placeholders for the tensors in its arguments, and takes down what it does in place of doing it. */
export function traceStep(step: (...args: never[]) => unknown, args: readonly unknown[]): Trace {
  const tracer = new Tracer();
  const [inputs, outputs]: [Port[], Port[]] = [[], []];
  try {
    const result = recordWith(tracer, () =>
      withGradients(() =>
        tidy(() => {
          const placeholders = mapLeaves(args, (leaf) =>
            leaf instanceof Tensor ? placeholder(leaf, inputs) : leaf,
          ) as never[];
          const returned = step(...placeholders);
          if (returned instanceof Promise) throw asyncScopeError('compile', returned);
          return mapLeaves(returned, (leaf) =>
            leaf instanceof Tensor ? copyOut(leaf, tracer, outputs) : leaf,
          );
        }),
      ),
    );
    const storages = [...tracer.storages];
    const outer = storages.filter(({ buffer }) => !(buffer instanceof VirtualBuffer));
    refuseUnrepeatable(tracer.commands, inputs, outer);
    return {
      device: tracer.device ?? resolveDevice(),
      commands: tracer.commands,
      inputs,
      checks: indexChecks(tracer, inputs),
      outputs,
      result,
      outer,
      survivors: storages.filter((storage) => storage.isOwned && storage.buffer instanceof VirtualBuffer),
      gradients: gradientChanges(tracer),
      switches: gradientSwitches(tracer),
    };
  } catch (error) {
    abandon(tracer.storages, tracer.gradients.keys());
    throw error;
  }
}

function graphError(message: string): TensorError {
  return new TensorError('INVALID_GRAPH', message, { op: 'compile' });
}

function refuseUnrepeatable(
  commands: readonly TracedCommand[],
  inputs: readonly Port[],
  outer: readonly Storage[],
): void {
  if (!outer.every(({ isOwned }) => isOwned)) {
    throw graphError(
      'the step uses a tensor from outside and disposes it, so it could not run again; clear gradients at its start with zeroGrad, and change state in place with assign',
    );
  }
  const written = new Set(commands.flatMap((command) => accessOf(command).writes));
  if (inputs.some(({ buffer }) => written.has(buffer))) {
    throw graphError(
      'the step changes an argument in place, but it works on a copy; let it use the tensor from outside',
    );
  }
}

function placeholder(tensor: Tensor, inputs: Port[]): Tensor {
  const { shape, dtype } = tensor;
  const storage = new Storage(tensor.storage.device, { op: 'compile', shape, dtype });
  inputs.push({ buffer: storage.buffer as VirtualBuffer, shape, dtype });
  return tensor.derive(storage, contiguousLayout(shape), dtype);
}

function copyOut(tensor: Tensor, tracer: Tracer, outputs: Port[]): ResultPlace {
  const { shape, dtype, storage, layout } = tensor;
  const buffer = new VirtualBuffer(sizeOf(shape) * ELEMENT_BYTES);
  if (buffer.byteLength > 0) {
    const kernel = copyKernel(shape, { dtype, strides: layout.strides, offset: layout.offset });
    tracer.run(storage.device, kernel, [storage.buffer, buffer], []);
  }
  return new ResultPlace(outputs.push({ buffer, shape, dtype }) - 1);
}

function indexChecks({ indices }: Tracer, inputs: readonly Port[]): IndexCheck[] {
  return indices
    .map(({ storage, check }) => ({
      input: inputs.findIndex(({ buffer }) => buffer === storage.buffer),
      check,
    }))
    .filter(({ input }) => input >= 0);
}

function gradientChanges({ gradients }: Tracer): GradientChange[] {
  return [...gradients]
    .filter(([tensor]) => !tensor.isDisposed)
    .map(([tensor, { found, isWritten }]) => {
      const { grad } = tensor;
      const left = grad === null ? null : { storage: grad.storage, layout: grad.layout };
      return { tensor, found, left: isWritten ? left : undefined };
    });
}

function gradientSwitches({ switches }: Tracer): GradientSwitch[] {
  return [...switches].flatMap(([tensor, found]) => {
    if (found === undefined || tensor.isDisposed || tensor.storage.buffer instanceof VirtualBuffer) return [];
    return [{ tensor, found }];
  });
}

/** Lets go of what a trace held that cannot be run; gradients that were never worked out are dropped. */
export function abandon(storages: Iterable<Storage>, tensors: Iterable<TensorHandle>): void {
  for (const tensor of tensors) {
    if (!tensor.isDisposed && tensor.grad?.storage.buffer instanceof VirtualBuffer) tensor.grad = null;
  }
  for (const storage of storages) {
    if (!(storage.buffer instanceof VirtualBuffer)) storage.letGo();
  }
}
