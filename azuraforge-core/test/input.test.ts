import { describe, expect, test } from '@jest/globals';
import type { DType, Tensor } from '../src/index.ts';
import {
  concat,
  createSgdState,
  fromTypedArray,
  matmul,
  memory,
  ones,
  sgdStep,
  stack,
  tensor,
  where,
  zeros,
} from '../src/index.ts';

const refusal = (code: string, message: RegExp) =>
  expect.objectContaining({ name: 'TensorError', code, message: expect.stringMatching(message) });

test.each([[[-1, -2]], [[-2, -1]], [[-1, 0.5]], [[-1, NaN]]])(
  'reshape refuses %j, whose lengths are no lengths',
  (shape) => {
    expect(() => ones([4]).reshape(shape)).toThrow(
      expect.objectContaining({ name: 'TensorError', op: 'reshape' }),
    );
  },
);

test.each([
  Float32Array,
  Float64Array,
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
])('a tensor is made from a %p', async (Numbers) => {
  const made = tensor(Numbers.of(1, 2, 100));
  expect(made.dtype).toBe(Numbers === Int32Array ? 'int32' : 'float32');
  expect(await made.array()).toEqual([1, 2, 100]);
  const whole = tensor(Numbers.of(1, 2, 100), { dtype: 'int32' });
  expect(await whole.data()).toEqual(Int32Array.of(1, 2, 100));
});

test('doubles are rounded to floats, and refused as integers where they are none', async () => {
  expect(await tensor(Float64Array.of(0.1)).item()).toBe(Math.fround(0.1));
  expect(() => tensor(Float64Array.of(0.1), { dtype: 'int32' })).toThrow(/0\.1 is not a whole number/);
  expect(() => tensor(Uint32Array.of(2 ** 32 - 1), { dtype: 'int32' })).toThrow(
    /4294967295 is not a whole number of 32/,
  );
});

/** What types forbid, but JavaScript hands over all the same. */
const untyped = <T>(value: unknown): T => value as T;

const FORBIDDEN: readonly (readonly [string, string, RegExp, () => unknown])[] = [
  ['a length as shape', 'INVALID_INPUT', /zeros: .*array of lengths.* got 3/, () => zeros(untyped(3))],
  ['lengths one by one', 'INVALID_INPUT', /reshape: .*array/, () => ones([4]).reshape(untyped(4))],
  ['a length to expand to', 'INVALID_INPUT', /expand: .*array/, () => ones([1]).expand(untyped(4))],
  [
    'an unknown dtype',
    'DTYPE_MISMATCH',
    /zeros: .*'float64'/,
    () => zeros([1], { dtype: untyped('float64') }),
  ],
  ['a dtype of numbers', 'DTYPE_MISMATCH', /tensor: .*'bool'/, () => tensor([1], { dtype: untyped('bool') })],
  ['a cast to no dtype', 'DTYPE_MISMATCH', /cast: .*'bool'/, () => ones([1]).cast(untyped<DType>('bool'))],
  [
    'integers of 64 bits',
    'INVALID_INPUT',
    /fromTypedArray: needs a typed array of numbers, got BigInt64Array/,
    () => fromTypedArray(untyped(new BigInt64Array(2)), [2]),
  ],
  [
    'bare memory',
    'INVALID_INPUT',
    /needs a typed array of numbers, got DataView/,
    () => fromTypedArray(untyped(new DataView(new ArrayBuffer(8))), [2]),
  ],
  ['undefined as operand', 'INVALID_INPUT', /add: .*got undefined/, () => ones([1]).add(untyped(undefined))],
  [
    'nothing to multiply by',
    'INVALID_INPUT',
    /matmul: .*got undefined/,
    () => matmul(ones([1]), untyped(undefined)),
  ],
  ['a number to assign', 'INVALID_INPUT', /assign: .*got 3/, () => ones([1]).assign(untyped(3))],
  ['null as axis', 'INVALID_INPUT', /sum: .*got null/, () => ones([1]).sum(untyped(null))],
  ['an array as operand', 'INVALID_INPUT', /eq: .*got an array/, () => ones([1]).eq(untyped([1]))],
  ['text as divisor', 'INVALID_INPUT', /div: .*got 2/, () => ones([1]).div(untyped('2'))],
  ['a bare condition', 'INVALID_INPUT', /where: .*got true/, () => where(untyped(true), 1, 2)],
  [
    'no learning rate',
    'INVALID_INPUT',
    /sgdStep: lr must be a number or a function .* got undefined/,
    () => sgdStep([], createSgdState([]), untyped({})),
  ],
];

test.each(FORBIDDEN)('%s is refused by name', (_, code, message, act) => {
  expect(act).toThrow(refusal(code, message));
});

test('typed arrays of another realm are known by their tag', async () => {
  const { runInNewContext } = await import('node:vm');
  const values = runInNewContext('Int32Array.of(7, -1)') as Int32Array;
  const made = tensor(values);
  expect(made.dtype).toBe('int32');
  expect(await made.array()).toEqual([7, -1]);
});

test('nested arrays may be readonly', async () => {
  const rows: readonly (readonly number[])[] = [
    [1, 2],
    [3, 4],
  ];
  expect(await tensor(rows).array()).toEqual(rows);
});

test('a tensor as text says what it is', () => {
  const x = ones([2, 3], { device: 'cpu' });
  expect(String(x)).toBe('Tensor(float32 [2, 3], on cpu)');
  x.dispose();
  expect(String(x)).toBe('Tensor(float32 [2, 3], disposed)');
});

const integers = () => tensor([1, 1], { dtype: 'int32' });
const leaf = () => ones([2], { requiresGrad: true });

describe('gradients that do not fit their tensor', () => {
  test('backward refuses another dtype and another device', () => {
    expect(() => leaf().mul(2).backward(integers())).toThrow(
      refusal('DTYPE_MISMATCH', /backward: the gradient/),
    );
    expect(() =>
      leaf()
        .mul(2)
        .backward(ones([2], { device: 'cpu' })),
    ).toThrow(refusal('DEVICE_MISMATCH', /backward/));
  });

  test('grad refuses another dtype, and a disposed owner', () => {
    expect(() => (leaf().grad = integers())).toThrow(refusal('DTYPE_MISMATCH', /grad/));
    const gone = leaf();
    gone.dispose();
    expect(() => (gone.grad = ones([2]))).toThrow(refusal('USE_AFTER_DISPOSE', /disposed/));
    gone.grad = null;
  });
});

test('assign refuses a stretched view, whose elements lie in one place', async () => {
  const x = zeros([2, 1]);
  expect(() => x.expand([2, 3]).assign(ones([2, 3]))).toThrow(refusal('INVALID_INPUT', /assign: .*clone/));
  // One element stretches to nothing.
  x.expand([2, 1]).assign(ones([2, 1]));
  expect(await x.array()).toEqual([[1], [1]]);
});

test.each<[string, (x: Tensor, others: Record<'elsewhere' | 'whole' | 'index', Tensor>) => unknown]>([
  ['concat', (x, { elsewhere }) => concat([x, elsewhere])],
  ['stack', (x, { elsewhere }) => stack([x, elsewhere])],
  ['stack of two dtypes', (x, { whole }) => stack([x, whole])],
  ['gather', (x, { index }) => x.gather(0, index)],
])('%s holds no memory after it has refused', (_, act) => {
  const before = memory();
  const x = ones([2]);
  const others = {
    elsewhere: ones([2], { device: 'cpu' }),
    whole: ones([2], { dtype: 'int32' }),
    index: tensor([5], { dtype: 'int32' }),
  };
  expect(() => act(x, others)).toThrow(expect.objectContaining({ name: 'TensorError' }));
  for (const operand of [x, ...Object.values(others)]) operand.dispose();
  expect(memory()).toEqual({ ...before, peakBytes: expect.any(Number) });
});
