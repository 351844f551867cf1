import { Capture } from './compile/capture.ts';
import { describeArgument } from './compile/structure.ts';
import { abandon, traceStep } from './compile/trace.ts';
import { resolveDevice } from './device.ts';
import { inputError, TensorError } from './error.ts';
import { activeRecorder } from './recording.ts';
import type { Tensor } from './tensor.ts';

/** Captured steps that one function keeps: one for each set of shapes, dtypes and plain arguments that it meets. */
const MAX_CAPTURES = 8;

/** A function that replays what its first call with such arguments did. */
export interface Compiled<Args extends unknown[], Result> {
  (...args: Args): Result;
  /** Gives the memory of the captured steps back; calling the function afterwards is an error. */
  dispose(): void;
  [Symbol.dispose](): void;
}

type Captures = Map<string, Capture>;

function release(captures: Captures): void {
  for (const capture of captures.values()) capture.dispose();
  captures.clear();
}

/** The backstop for functions that nobody disposed. */
const forgotten = new FinalizationRegistry<Captures>(release);

/**
 * Makes a function that captures `step` at its first call, and from then on runs the kernels alone: fused where that saves
 * something, in memory that is planned once and held until `dispose`. A call with other shapes, dtypes or plain arguments
 * captures anew; eight of them are kept. So does one before which `requiresGrad` of a tensor that the step uses was switched.
 *
 * `step` is not async and reads no values. Arguments are tensors that need no gradient, numbers, strings and booleans, or
 * arrays and plain objects of them; the result may hold tensors in the same way, which are fresh each time and outside of
 * any graph. Tensors from outside (parameters, optimizer state) are read and updated in place, and gradients are left as by
 * an eager step. Everything else that `step` does on the host happens only while it is captured.
 *
 * Throws INVALID_GRAPH when the step could not run twice, USE_AFTER_DISPOSE when a tensor that it uses is gone.
 */
export function compile<Args extends unknown[], Result>(
  step: (...args: Args) => Result,
): Compiled<Args, Result> {
  const captures: Captures = new Map();
  let isDisposed = false;

  const call = (...args: Args): Result => {
    if (isDisposed) {
      throw new TensorError('USE_AFTER_DISPOSE', 'this compiled function was disposed', { op: 'compile' });
    }
    // Within another step it is a part of that one.
    if (activeRecorder() !== null) return step(...args);
    const tensors: Tensor[] = [];
    const key = `${resolveDevice().name} ${describeArgument(args, tensors)}`;
    if (tensors.some(({ requiresGrad }) => requiresGrad)) {
      throw inputError(
        'compile',
        'an argument requires a gradient; let the step use it from outside, as it does parameters',
      );
    }
    const known = captures.get(key);
    if (known !== undefined) {
      captures.delete(key);
      if (known.isCurrent) {
        captures.set(key, known);
        return known.run(tensors) as Result;
      }
      known.dispose();
    }
    const capture = captureStep(step, args);
    const result = runFirst(capture, tensors);
    captures.set(key, capture);
    const [oldest] = captures;
    if (captures.size > MAX_CAPTURES) {
      captures.delete(oldest![0]);
      oldest![1].dispose();
    }
    return result as Result;
  };
  const dispose = (): void => {
    isDisposed = true;
    release(captures);
  };
  const compiled = Object.assign(call, { dispose, [Symbol.dispose]: dispose });
  forgotten.register(compiled, captures);
  return compiled;
}

function captureStep(step: (...args: never[]) => unknown, args: readonly unknown[]): Capture {
  const trace = traceStep(step, args);
  try {
    return new Capture(trace);
  } catch (error) {
    abandon(
      [...trace.outer],
      trace.gradients.map(({ tensor }) => tensor),
    );
    throw error;
  }
}

function runFirst(capture: Capture, tensors: readonly Tensor[]): unknown {
  try {
    return capture.run(tensors);
  } catch (error) {
    capture.dispose();
    throw error;
  }
}
