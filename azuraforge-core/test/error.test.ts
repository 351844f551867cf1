import { describe, expect, test } from '@jest/globals';
import type { NestedArray } from '../src/index.ts';
import {
  arange,
  concat,
  fromTypedArray,
  full,
  linear,
  matmul,
  memory,
  mseLoss,
  ones,
  rand,
  stack,
  tensor,
  TensorError,
  where,
  zeros,
} from '../src/index.ts';

const index = (...values: number[]) => tensor(values, { dtype: 'int32' });
const gone = () => {
  const x = ones([2, 2]);
  x.dispose();
  return x;
};

const BAD: readonly (readonly [string, string, RegExp, () => unknown])[] = [
  [
    'shapes that do not broadcast',
    'SHAPE_MISMATCH',
    /add: got shape \[2, 3\] and \[4\], expected shapes that broadcast/,
    () => ones([2, 3]).add(ones([4])),
  ],
  [
    'matmul of unfit matrices',
    'SHAPE_MISMATCH',
    /matmul: got shape \[2, 3\] and \[2, 3\], expected 2 columns/,
    () => ones([2, 3]).matmul(ones([2, 3])),
  ],
  ['matmul of a scalar', 'SHAPE_MISMATCH', /matmul: .*no scalars/, () => matmul(tensor(1), ones([1]))],
  ['matmul of unfit batches', 'SHAPE_MISMATCH', /matmul/, () => matmul(ones([2, 1, 1]), ones([3, 1, 1]))],
  [
    'linear with turned weights',
    'SHAPE_MISMATCH',
    /linear: .*weight \[out, in\]/,
    () => linear(ones([2, 3]), ones([3, 5])),
  ],
  [
    'linear with a wrong bias',
    'SHAPE_MISMATCH',
    /a bias of shape \[5\]/,
    () => linear(ones([2, 3]), ones([5, 3]), ones([3])),
  ],
  [
    'reshape to another size',
    'SHAPE_MISMATCH',
    /reshape: got shape \[2, 3\] and \[7\]/,
    () => ones([2, 3]).reshape([7]),
  ],
  ['reshape with two unknowns', 'SHAPE_MISMATCH', /one unknown length/, () => ones([4]).reshape([-1, -1])],
  ['expand of a length above one', 'SHAPE_MISMATCH', /expand/, () => ones([2]).expand([3])],
  ['expand to fewer axes', 'SHAPE_MISMATCH', /expand/, () => ones([1, 2]).expand([2])],
  [
    'concat of unequal lengths',
    'SHAPE_MISMATCH',
    /concat: .*equal lengths but for axis 0/,
    () => concat([ones([2, 3]), ones([2, 4])]),
  ],
  ['stack of unequal shapes', 'SHAPE_MISMATCH', /stack/, () => stack([ones([2]), ones([3])])],
  ['item of many elements', 'SHAPE_MISMATCH', /item: got shape \[2\]/, () => ones([2]).item()],
  [
    'a typed array of another size',
    'SHAPE_MISMATCH',
    /a shape of 3 elements/,
    () => fromTypedArray(new Float32Array(3), [2]),
  ],
  [
    'losses of unequal shapes',
    'INVALID_INPUT',
    /mseLoss: prediction has shape \[2\], target has \[2, 1\]/,
    () => mseLoss(ones([2]), ones([2, 1])),
  ],
  [
    'an axis beyond the rank',
    'INDEX_OUT_OF_RANGE',
    /sum: axis 2 does not exist, expected -2 to 1/,
    () => ones([2, 2]).sum(2),
  ],
  ['an axis of a scalar', 'INDEX_OUT_OF_RANGE', /axis 0 does not exist in a scalar/, () => tensor(1).sum(0)],
  ['an axis named twice', 'INVALID_INPUT', /named twice/, () => ones([2, 2]).sum([0, -2])],
  [
    'select beyond the end',
    'INDEX_OUT_OF_RANGE',
    /select: index 2 is outside an axis of length 2/,
    () => ones([2]).select(0, 2),
  ],
  [
    'narrow beyond the end',
    'INDEX_OUT_OF_RANGE',
    /narrow: 2 from 1 on is outside an axis of length 2/,
    () => ones([2]).narrow(0, 1, 2),
  ],
  ['a fractional index', 'INDEX_OUT_OF_RANGE', /select/, () => ones([2]).select(0, 0.5)],
  ['a slice step of zero', 'INVALID_INPUT', /slice: the step/, () => ones([2]).slice(0, 0, 2, 0)],
  ['a slice from NaN', 'INVALID_INPUT', /slice: a position/, () => ones([2]).slice(0, Number.NaN)],
  [
    'indexSelect beyond the end',
    'INDEX_OUT_OF_RANGE',
    /indexSelect: index 3 is outside an axis of length 2/,
    () => ones([2]).indexSelect(0, index(0, 3)),
  ],
  ['a negative index', 'INDEX_OUT_OF_RANGE', /gather: index -1/, () => ones([2]).gather(0, index(-1))],
  [
    'an index computed on the device',
    'INDEX_OUT_OF_RANGE',
    /index 4 is outside an axis of length 2/,
    () => ones([2]).indexSelect(0, index(2).mul(2)),
  ],
  [
    'a float32 index',
    'DTYPE_MISMATCH',
    /the index has dtype float32, expected int32/,
    () => ones([2]).indexSelect(0, ones([1])),
  ],
  ['gather of another rank', 'SHAPE_MISMATCH', /gather/, () => ones([2, 2]).gather(0, index(0))],
  [
    'matmul of int32',
    'DTYPE_MISMATCH',
    /matmul: the left side has dtype int32/,
    () => index(1).matmul(ones([1])),
  ],
  ['concat of two dtypes', 'DTYPE_MISMATCH', /cannot join/, () => concat([ones([1]), index(1)])],
  [
    'add after dispose',
    'USE_AFTER_DISPOSE',
    /add: a tensor of shape \[2, 2\] was disposed/,
    () => gone().add(1),
  ],
  [
    'the right side after dispose',
    'USE_AFTER_DISPOSE',
    /mul: a tensor of shape \[2, 2\] was disposed/,
    () => ones([2, 2]).mul(gone()),
  ],
  ['reshape after dispose', 'USE_AFTER_DISPOSE', /reshape/, () => gone().reshape([4])],
  ['a sum after dispose', 'USE_AFTER_DISPOSE', /sum/, () => gone().sum()],
  ['reading after dispose', 'USE_AFTER_DISPOSE', /was disposed/, () => gone().data()],
  ['backward after dispose', 'USE_AFTER_DISPOSE', /was disposed/, () => gone().backward()],
  [
    'ragged rows',
    'INVALID_INPUT',
    /tensor: the data is not a regular array.*\[2, 2\].*an array of length 1/,
    () => tensor([[1, 2], [3]]),
  ],
  ['a number beside a row', 'INVALID_INPUT', /found a number \(3\)/, () => tensor([[1, 2], 3])],
  ['a row beside a number', 'INVALID_INPUT', /found an array/, () => tensor([1, [2]])],
  [
    'text in the data',
    'INVALID_INPUT',
    /found a string \(x\)/,
    () => tensor(['x'] as unknown as NestedArray),
  ],
  [
    'nothing as data',
    'INVALID_INPUT',
    /found a undefined/,
    () => tensor(undefined as unknown as NestedArray),
  ],
  [
    'fractions as int32',
    'INVALID_INPUT',
    /0.5 is not a whole number of 32 bits/,
    () => tensor([0.5], { dtype: 'int32' }),
  ],
  [
    'too large an int32',
    'INVALID_INPUT',
    /2147483648 is not/,
    () => fromTypedArray(Float32Array.of(2 ** 31), [1], { dtype: 'int32' }),
  ],
  ['a NaN shape', 'INVALID_INPUT', /zeros: a shape holds whole numbers.*NaN/, () => zeros([Number.NaN])],
  ['a negative length', 'INVALID_INPUT', /full: a shape/, () => full([-1], 0)],
  ['a fractional length', 'INVALID_INPUT', /rand: a shape/, () => rand([1.5])],
  ['an endless range', 'INVALID_INPUT', /arange: cannot count/, () => arange(0, 1, 0)],
  ['max of nothing', 'INVALID_INPUT', /max: nothing to choose from/, () => zeros([0]).max()],
  ['argmax of nothing', 'INVALID_INPUT', /argmax/, () => zeros([2, 0]).argmax(1)],
  [
    'a permutation with a hole',
    'INVALID_INPUT',
    /permute: \[0, 0\] does not name/,
    () => ones([2, 2]).permute([0, 0]),
  ],
  [
    'padding for another rank',
    'INVALID_INPUT',
    /pad: got 1 \[before, after\] pairs for 2 axes/,
    () => ones([2, 2]).pad([[1, 1]]),
  ],
  ['negative padding', 'INVALID_INPUT', /pad: widths/, () => ones([2]).pad([[-1, 0]])],
  ['concat of nothing', 'INVALID_INPUT', /needs at least one tensor/, () => concat([])],
  ['a NaN limit', 'INVALID_INPUT', /clamp: a limit is NaN/, () => ones([2]).clamp(Number.NaN)],
  ['where with an unfit condition', 'SHAPE_MISMATCH', /where/, () => where(ones([3]), ones([2]), 0)],
  [
    'an unknown device',
    'DEVICE_UNAVAILABLE',
    /no device 'tpu', expected one of cpu/,
    () => ones([1], { device: 'tpu' }),
  ],
];

describe('bad input is refused before anything runs', () => {
  test.each(BAD)('%s', async (_, code, message, run) => {
    let thrown: unknown;
    try {
      await run();
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(TensorError);
    expect((thrown as TensorError).message).toMatch(message);
    expect((thrown as TensorError).code).toBe(code);
  });
});

test('the error carries op, short message and details as data', () => {
  let error: unknown;
  try {
    ones([2]).add(ones([3]));
  } catch (caught) {
    error = caught;
  }
  const { op, shortMessage, details, name } = error as TensorError;
  expect({ op, shortMessage, details, name }).toEqual({
    op: 'add',
    shortMessage: 'got shape [2] and [3], expected shapes that broadcast together',
    details: { shapes: [[2], [3]], expected: 'shapes that broadcast together' },
    name: 'TensorError',
  });
});

test('a refused op allocates nothing', () => {
  const [a, b] = [ones([2]), ones([3])];
  const before = memory();
  expect(() => a.mul(b)).toThrow();
  expect(() => a.indexSelect(0, index(0).add(5))).toThrow();
  expect(memory().peakBytes).toBeLessThanOrEqual(before.peakBytes + 16);
});

test('an index is judged by the values it has now, and by those in view', async () => {
  const x = tensor([5, 6]);
  const positions = index(0, 9);
  expect(await x.indexSelect(0, positions.narrow(0, 0, 1)).array()).toEqual([5]);
  positions.assign(index(1, 0));
  expect(await x.indexSelect(0, positions).array()).toEqual([6, 5]);
  positions.assign(index(1, 2));
  expect(() => x.indexSelect(0, positions)).toThrow(/index 2 is outside/);
});
