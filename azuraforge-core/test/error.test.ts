import { describe, expect, test } from '@jest/globals';
import type { NestedArray } from '../src/index.ts';
import {
  arange,
  avgPool1d,
  concat,
  conv1d,
  conv2d,
  convTranspose2d,
  fromTypedArray,
  full,
  linear,
  matmul,
  maxPool2d,
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
    'SHAPE_MISMATCH',
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
  [
    'conv2d of a plane without a batch',
    'SHAPE_MISMATCH',
    /conv2d: got shape \[3, 5, 5\] and .*expected an input \[batch, channels, height, width\]/,
    () => conv2d(ones([3, 5, 5]), ones([4, 3, 3, 3])),
  ],
  [
    'conv1d of an empty plane',
    'SHAPE_MISMATCH',
    /conv1d: got shape \[2, 3, 0\].*of which only the batch may be empty/,
    () => conv1d(ones([2, 3, 0]), ones([4, 3, 1]), null, { padding: 1 }),
  ],
  [
    'conv2d of unfit channels',
    'SHAPE_MISMATCH',
    /conv2d: .*expected 6 channels in the input, 3 for each of 2 groups/,
    () => conv2d(ones([1, 5, 5, 5]), ones([4, 3, 3, 3]), null, { groups: 2 }),
  ],
  [
    'conv2d in groups that do not divide the output',
    'SHAPE_MISMATCH',
    /conv2d: .*output channels that 2 groups divide/,
    () => conv2d(ones([1, 4, 5, 5]), ones([3, 2, 3, 3]), null, { groups: 2 }),
  ],
  [
    'conv2d with a wrong bias',
    'SHAPE_MISMATCH',
    /conv2d: .*a bias of shape \[4\]/,
    () => conv2d(ones([1, 3, 5, 5]), ones([4, 3, 3, 3]), ones([3])),
  ],
  [
    'conv2d with a window larger than the plane',
    'SHAPE_MISMATCH',
    /conv2d: got shape \[5, 4\] and \[5, 7\], expected .*padding, \[7, 6\], at least/,
    () => conv2d(ones([1, 1, 5, 4]), ones([1, 1, 3, 4]), null, { padding: 1, dilation: 2 }),
  ],
  [
    'conv2d with stride 0',
    'INVALID_INPUT',
    /conv2d: stride must be a whole number or a pair of them from 1 up, got 0/,
    () => conv2d(ones([1, 1, 5, 5]), ones([1, 1, 3, 3]), null, { stride: 0 }),
  ],
  [
    'conv2d with half a dilation',
    'INVALID_INPUT',
    /conv2d: dilation .*got \[1, 0.5\]/,
    () => conv2d(ones([1, 1, 5, 5]), ones([1, 1, 3, 3]), null, { dilation: [1, 0.5] }),
  ],
  [
    'conv2d to the same size with a stride',
    'INVALID_INPUT',
    /conv2d: padding 'same' needs stride 1, got \[2, 2\]/,
    () => conv2d(ones([1, 1, 5, 5]), ones([1, 1, 3, 3]), null, { stride: 2, padding: 'same' }),
  ],
  [
    'conv2d with no group',
    'INVALID_INPUT',
    /conv2d: groups must be a whole number from 1 up, got 0/,
    () => conv2d(ones([1, 1, 5, 5]), ones([1, 1, 3, 3]), null, { groups: 0 }),
  ],
  [
    'conv2d of whole numbers',
    'DTYPE_MISMATCH',
    /conv2d: .*int32, expected float32/,
    () => conv2d(ones([1, 1, 5, 5], { dtype: 'int32' }), ones([1, 1, 3, 3])),
  ],
  [
    'conv2d over two devices',
    'DEVICE_MISMATCH',
    /conv2d: tensors live on 'cpu' and 'wasm'/,
    () => conv2d(ones([1, 1, 5, 5], { device: 'cpu' }), ones([1, 1, 3, 3], { device: 'wasm' })),
  ],
  ['conv2d of a disposed input', 'USE_AFTER_DISPOSE', /conv2d/, () => conv2d(gone(), ones([1, 1, 3, 3]))],
  [
    'convTranspose2d of unfit channels',
    'SHAPE_MISMATCH',
    /convTranspose2d: .*expected 4 channels/,
    () => convTranspose2d(ones([1, 3, 5, 5]), ones([4, 3, 3, 3])),
  ],
  [
    'convTranspose2d with groups that do not divide the input',
    'SHAPE_MISMATCH',
    /convTranspose2d: .*input channels that 2 groups divide/,
    () => convTranspose2d(ones([1, 3, 5, 5]), ones([3, 2, 3, 3]), null, { groups: 2 }),
  ],
  [
    'convTranspose2d with too much output padding',
    'INVALID_INPUT',
    /convTranspose2d: outputPadding \[2, 2\] must be less than the stride, \[2, 2\], or the dilation, \[1, 1\]/,
    () => convTranspose2d(ones([1, 3, 5, 5]), ones([3, 2, 3, 3]), null, { stride: 2, outputPadding: 2 }),
  ],
  [
    'convTranspose2d with padding that leaves nothing',
    'SHAPE_MISMATCH',
    /convTranspose2d: .*less padding than \[2, 2\], which cuts the output to \[-1, 0\]/,
    () => convTranspose2d(ones([1, 3, 1, 2]), ones([3, 2, 3, 3]), null, { padding: 2 }),
  ],
  [
    'maxPool2d of a vector',
    'SHAPE_MISMATCH',
    /maxPool2d: got shape \[4\], expected \[batch, channels, height, width\] or/,
    () => maxPool2d(ones([4]), 2),
  ],
  [
    'maxPool2d with too much padding',
    'INVALID_INPUT',
    /maxPool2d: padding \[2, 2\] is more than half the window, \[3, 3\]/,
    () => maxPool2d(ones([1, 5, 5]), 3, { padding: 2 }),
  ],
  [
    'maxPool2d with a window larger than the plane',
    'SHAPE_MISMATCH',
    /maxPool2d: got shape \[3, 3\] and \[4, 4\]/,
    () => maxPool2d(ones([1, 3, 3]), 4),
  ],
  [
    'maxPool2d of whole numbers',
    'DTYPE_MISMATCH',
    /maxPool2d: .*int32/,
    () => maxPool2d(ones([1, 4, 4], { dtype: 'int32' }), 2),
  ],
  [
    'avgPool1d with a pair',
    'INVALID_INPUT',
    /avgPool1d: kernelSize must be a whole number from 1 up, got \[2, 2\]/,
    () => avgPool1d(ones([1, 4]), [2, 2] as never),
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
