import { expect, test } from '@jest/globals';
import { batchNorm, groupNorm, layerNorm, noGrad, ones, randn, tensor, zeros } from '../src/index.ts';

test('running statistics move in training alone, and not for an empty batch', async () => {
  const [mean, variance] = [zeros([2]), ones([2])];
  batchNorm(randn([4, 2]), mean, variance);
  batchNorm(zeros([0, 2]), mean, variance, null, null, { training: true });
  expect(await mean.data()).toEqual(Float32Array.of(0, 0));
  expect(await variance.data()).toEqual(Float32Array.of(1, 1));
  const x = tensor([
    [1, 0],
    [3, 4],
  ]);
  batchNorm(x, mean, variance, null, null, { training: true, momentum: 1 });
  expect(await mean.data()).toEqual(Float32Array.of(2, 2));
  expect(await variance.data()).toEqual(Float32Array.of(2, 8));
});

test('training works without running statistics', async () => {
  const x = randn([3, 2]);
  const found = batchNorm(x, null, null, null, null, { training: true });
  expect(await found.data()).toEqual(
    await batchNorm(x, zeros([2]), ones([2]), null, null, { training: true }).data(),
  );
});

test('running statistics that move before backward are noticed', () => {
  const x = randn([3, 2], { requiresGrad: true });
  const [mean, variance] = [zeros([2]), ones([2])];
  const output = batchNorm(x, mean, variance);
  noGrad(() => batchNorm(x, mean, variance, null, null, { training: true }));
  expect(() => output.sum().backward()).toThrow(/changed in place/);
});

test('what does not fit is refused by name', () => {
  const x = zeros([2, 6, 3]);
  expect(() => layerNorm(x, [4])).toThrow(
    /layerNorm: got shape \[2, 6, 3\], expected an input that ends in \[4\]/,
  );
  expect(() => layerNorm(x, [])).toThrow(/layerNorm/);
  expect(() => layerNorm(x, [1, 2, 6, 3])).toThrow(/ends in \[1, 2, 6, 3\]/);
  expect(() => layerNorm(x, [3], ones([6]))).toThrow(/got shape \[6\], expected \[3\]/);
  expect(() => layerNorm(x, [3], null, null, -1)).toThrow(/eps must be at least 0/);
  expect(() => groupNorm(x, 4)).toThrow(/groupNorm: 6 channels cannot be cut into 4 equal groups/);
  expect(() => groupNorm(zeros([3]), 1)).toThrow(/\[batch, channels, \.\.\.\]/);
  expect(() => groupNorm(x, 2, ones([3]))).toThrow(/expected \[6\]/);
  expect(() => batchNorm(zeros([3]), null, null)).toThrow(/\[batch, channels, \.\.\.\]/);
  expect(() => batchNorm(x, ones([3]), ones([6]))).toThrow(/batchNorm: got shape \[3\], expected \[6\]/);
  expect(() => batchNorm(x, null, null)).toThrow(/without running statistics/);
  expect(() => batchNorm(x, ones([6]), ones([6]), null, null, { momentum: 2 })).toThrow(
    /momentum must lie in 0 to 1/,
  );
  expect(() => batchNorm(zeros([1, 6]), null, null, null, null, { training: true })).toThrow(
    /more than one value per channel/,
  );
  expect(() => batchNorm(tensor([[1, 2]], { dtype: 'int32' }), null, null)).toThrow(/expected float32/);
});
