import { expect, test } from '@jest/globals';
import { memory, noGrad, tensor, tidy, zeros } from '../src/index.ts';

const leaf = (data: number | number[]) => tensor(data, { requiresGrad: true });

test('gradients accumulate over backward calls until they are cleared', async () => {
  const x = leaf([1, 2]);
  x.square().sum().backward();
  x.square().sum().backward();
  expect(await x.grad!.array()).toEqual([4, 8]);
  x.grad = null;
  x.sum().backward();
  expect(await x.grad!.array()).toEqual([1, 1]);
});

test('a value used on several paths gets the sum of their gradients', async () => {
  const x = leaf(3);
  const y = x.mul(x);
  y.add(y.mul(x)).backward();
  expect(await x.grad!.item()).toBe(2 * 3 + 3 * 9);
});

test('one tensor on both sides of an op', async () => {
  const x = leaf([1, 2]);
  x.add(x).sum().backward();
  expect(await x.grad!.array()).toEqual([2, 2]);
});

test('only what needs a gradient gets one', async () => {
  const [x, constant] = [leaf([1, 2]), tensor([5, 6])];
  const y = x.mul(constant);
  expect([y.requiresGrad, constant.mul(2).requiresGrad]).toEqual([true, false]);
  y.sum().backward();
  expect(constant.grad).toBeNull();
  expect(await x.grad!.array()).toEqual([5, 6]);
});

test('detach cuts the graph and shares the elements', async () => {
  const x = leaf([1, 2]);
  const cut = x.mul(2).detach();
  expect(cut.requiresGrad).toBe(false);
  x.mul(cut).sum().backward();
  expect(await x.grad!.array()).toEqual([2, 4]);
});

test('noGrad records nothing, nests, and ends with an error too', () => {
  const x = leaf(1);
  const y = noGrad(() => noGrad(() => x.mul(2)).add(x));
  expect(y.requiresGrad).toBe(false);
  expect(() =>
    noGrad(() => {
      throw new Error('inside');
    }),
  ).toThrow('inside');
  expect(x.mul(2).requiresGrad).toBe(true);
});

test('an async function is refused by noGrad, and recording goes on', () => {
  expect(() => noGrad(async () => 1)).toThrow(/noGrad: the function must not be async/);
  expect(leaf(1).mul(2).requiresGrad).toBe(true);
});

test('a second backward through a released graph says what to do', async () => {
  const x = leaf(2);
  const y = x.square();
  y.backward(undefined, { retainGraph: true });
  y.backward();
  expect(await x.grad!.item()).toBe(8);
  expect(() => y.backward()).toThrow(/retainGraph: true/);
});

test('retainGrad keeps the gradient of an inner tensor', async () => {
  const x = leaf([1, 2]);
  const y = x.mul(3).retainGrad();
  y.square().sum().backward();
  expect(await y.grad!.array()).toEqual([6, 12]);
  expect(await x.grad!.array()).toEqual([18, 36]);
});

test('backward from a leaf and with a gradient of its own', async () => {
  const x = leaf([1, 2]);
  x.backward(tensor([10, 20]));
  x.mul(2).backward(tensor([1, 0]));
  expect(await x.grad!.array()).toEqual([12, 20]);
});

test('changing a value that backward needs is an error, not a wrong gradient', () => {
  const [x, w] = [leaf([1, 2]), leaf([3, 4])];
  const y = x.mul(w).sum();
  w.assign(tensor([5, 6]));
  expect(() => y.backward()).toThrow(/changed in place/);
});

test('a graph of many thousand nodes neither overflows nor leaks', async () => {
  const x = leaf(1);
  const before = memory().buffers;
  const total = tidy(() => {
    let y = x.mul(1);
    for (let i = 0; i < 20_000; i++) y = y.add(1);
    return y;
  });
  total.backward();
  expect(await x.grad!.item()).toBe(1);
  total.dispose();
  expect(memory().buffers).toBe(before + 1);
});

test('a long chain that is dropped without backward gives its memory back', () => {
  const x = leaf(1);
  const before = memory().buffers;
  const end = tidy(() => {
    let y = x.mul(1);
    for (let i = 0; i < 20_000; i++) y = y.exp();
    return y;
  });
  expect(memory().buffers).toBeGreaterThan(before + 10_000);
  end.dispose();
  expect(memory().buffers).toBe(before);
});

test('misuse is refused', () => {
  expect(() => tensor(1).backward()).toThrow(/does not depend on any tensor with requiresGrad/);
  expect(() => leaf([1, 2]).mul(2).backward()).toThrow(/a single element, or a gradient/);
  expect(() => leaf([1, 2]).backward(zeros([3]))).toThrow(/backward: got shape \[3\]/);
  expect(() => tensor([1], { dtype: 'int32', requiresGrad: true })).toThrow(/only float32/);
  expect(() => {
    leaf(1).mul(2).requiresGrad = false;
  }).toThrow(/only leaves/);
  expect(() => {
    leaf([1]).grad = zeros([2]);
  }).toThrow(/grad: got shape \[2\]/);
  expect(() => leaf(1).mul(2).assign(tensor(1))).toThrow(/only leaves can be written to/);
});

test('assign copies values, also between views of one buffer', async () => {
  const x = tensor([1, 2, 3]);
  x.assign(x.flip(0));
  expect(await x.array()).toEqual([3, 2, 1]);
  x.assign(tensor(7));
  expect(await x.array()).toEqual([7, 7, 7]);
  expect(() => x.assign(zeros([2]))).toThrow(/assign/);
  expect(() => x.assign(tensor([1, 2, 3], { dtype: 'int32' }))).toThrow(/expected float32/);
});

test('gradients never share memory with each other or with the one that was passed in', async () => {
  const [a, b] = [leaf([1, 2]), leaf([3, 4])];
  const upstream = tensor([1, 1]);
  a.add(b).backward(upstream);
  a.grad!.assign(tensor(9));
  expect(await b.grad!.array()).toEqual([1, 1]);
  expect(await upstream.array()).toEqual([1, 1]);
});
