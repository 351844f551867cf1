import { afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Tensor } from '../src/index.ts';
import { fromTypedArray, memory, noGrad, tidy } from '../src/index.ts';
import { DEVICES, registerDevices, registerTunedDevice, TUNED_FOR_GPU } from './devices.ts';
import { OPERATIONS } from './operation.ts';
import type { Reference } from './reference.ts';
import { expectClose, readFixture, tensorOf, valuesOf } from './reference.ts';

interface OpCase {
  readonly name: string;
  readonly op: string;
  readonly inputs: readonly Reference[];
  readonly args: readonly unknown[];
  readonly output: Reference;
  readonly upstream?: Reference;
  readonly gradients?: readonly (Reference | null)[];
  readonly smooth?: boolean;
}

const FIXTURES = ['ops', 'convolution', 'layers', 'losses', 'normalization', 'attention'];
const CASES = FIXTURES.flatMap((name) => readFixture<OpCase[]>(`${name}.json`));

function run(opCase: OpCase, inputs: Tensor[]): Tensor {
  const args = opCase.args.map((value) => value ?? undefined);
  return OPERATIONS[opCase.op]!(inputs, args as never[]);
}

/** The same elements behind strides: every axis reversed in memory, with gaps, and turned round. */
function scattered(reference: Reference, device: string): Tensor {
  const { shape } = reference;
  const reversed = shape.map((_, axis) => shape.length - 1 - axis);
  return tidy(() => {
    const plain = tensorOf(reference, device).permute(reversed);
    const gaps = plain
      .flip(reversed)
      .clone()
      .unsqueeze(-1)
      .pad([...shape.map((): [number, number] => [1, 2]), [0, 1]], 7);
    let view = gaps.select(shape.length, 0);
    for (const axis of reversed) view = view.narrow(axis, 1, plain.shape[axis]!);
    return view.flip(reversed).permute(reversed);
  });
}

/** Runs a case forward and backward; the answers are to be torch's. */
async function check(opCase: OpCase, make: typeof scattered, device: string): Promise<void> {
  const inputs = opCase.inputs.map((input, i) => {
    const built = make(input, device);
    if (opCase.gradients?.[i]) built.requiresGrad = true;
    return built;
  });
  const output = tidy(() => run(opCase, inputs));
  // All is read at once: a device far away takes its time over each answer.
  const checks = [expectClose(output, opCase.output)];
  if (opCase.gradients !== undefined) {
    using upstream = tensorOf(opCase.upstream!, device);
    output.backward(upstream);
    for (const [i, gradient] of opCase.gradients.entries()) {
      if (gradient !== null) checks.push(expectClose(inputs[i]!.grad, gradient, { rtol: 1e-5, atol: 1e-5 }));
    }
  }
  await Promise.all(checks);
  for (const value of [...inputs, output]) value.dispose();
}

beforeAll(registerDevices);
beforeAll(registerTunedDevice);

describe.each(DEVICES)('on %s, against torch', (device) => {
  let bytesBefore = 0;
  beforeEach(() => {
    bytesBefore = memory().bytes;
  });
  afterEach(() => {
    expect(memory().bytes).toBe(bytesBefore);
  });

  describe.each([
    ['contiguous', tensorOf],
    ['strided', scattered],
  ])('%s inputs', (_, make) => {
    test.each(CASES)('$name', (opCase) => check(opCase, make, device));
  });
});

describe(`on ${TUNED_FOR_GPU}, against torch`, () => {
  const products = CASES.filter(({ op }) => /^(matmul|linear|conv)/.test(op));
  test.each(products)('$name', (opCase) => check(opCase, scattered, TUNED_FOR_GPU));
});

describe('gradients by finite differences', () => {
  test.each(CASES.filter(({ smooth }) => smooth))('$name', async (opCase) => {
    const inputs = opCase.inputs.map((reference, i) => {
      const built = tensorOf(reference);
      if (opCase.gradients?.[i]) built.requiresGrad = true;
      return built;
    });
    run(opCase, inputs).backward(tensorOf(opCase.upstream!));
    const upstream = valuesOf(opCase.upstream!);
    /** Σ output·upstream in 64 bits, with other values for one of the inputs. */
    const total = async (which: number, values: Float32Array | Int32Array): Promise<number> => {
      const output = tidy(() => {
        const moved = inputs.with(which, fromTypedArray(values, inputs[which]!.shape));
        return noGrad(() => run(opCase, moved));
      });
      const found = await output.data();
      output.dispose();
      let sum = 0;
      for (const [i, value] of found.entries()) sum += value * upstream[i]!;
      return sum;
    };
    for (const [i, input] of inputs.entries()) {
      if (!input.requiresGrad || input.size === 0) continue;
      const values = valuesOf(opCase.inputs[i]!);
      const gradient = await input.grad!.data();
      for (const [element, found] of gradient.entries()) {
        const at = (shift: number) => total(i, values.with(element, values[element]! + shift));
        const slope = async (h: number): Promise<number> => ((await at(h)) - (await at(-h))) / (2 * h);
        // Two step widths, extrapolated: the error falls with h⁴, so h can be wide enough for 32-bit outputs.
        const expected = (4 * (await slope(0.02)) - (await slope(0.04))) / 3;
        if (!(Math.abs(found - expected) <= 2e-3 * Math.max(1, Math.abs(expected))))
          throw new Error(`input ${i}, element ${element}: got ${found}, expected ${expected}`);
      }
    }
  });
});
