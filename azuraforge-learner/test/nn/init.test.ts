import { describe, expect, it } from '@jest/globals';
import { Generator, zeros } from 'azuraforge-core';
import type { Tensor } from 'azuraforge-core';
import { ArgumentError } from '../../src/error.ts';
import * as init from '../../src/nn/init.ts';
import { Linear } from '../../src/nn/linear.ts';
import { expectValuesClose } from '../close.ts';

const generator = new Generator(11);

async function drawn(fill: (parameter: Tensor) => void, shape = [60, 40, 3]): Promise<number[]> {
  const parameter = zeros(shape);
  fill(parameter);
  return Array.from(await parameter.data());
}

function deviation(values: number[]): number {
  return Math.sqrt(values.reduce((sum, value) => sum + value ** 2, 0) / values.length);
}

describe('initialisers', () => {
  // Fan-in is 40 · 3, fan-out 60 · 3.
  it.each([
    ['xavierUniform', (p: Tensor) => init.xavierUniform(p, { generator }), Math.sqrt(6 / 300)],
    [
      'xavierUniform with gain',
      (p: Tensor) => init.xavierUniform(p, { gain: 5 / 3, generator }),
      (5 / 3) * Math.sqrt(6 / 300),
    ],
    ['kaimingUniform', (p: Tensor) => init.kaimingUniform(p, { generator }), Math.sqrt(6 / 120)],
    [
      'kaimingUniform as torch starts layers',
      (p: Tensor) => init.kaimingUniform(p, { a: Math.sqrt(5), generator }),
      Math.sqrt(1 / 120),
    ],
    [
      'kaimingUniform by fan-out',
      (p: Tensor) => init.kaimingUniform(p, { mode: 'fanOut', nonlinearity: 'relu', generator }),
      Math.sqrt(6 / 180),
    ],
    [
      'kaimingUniform for tanh',
      (p: Tensor) => init.kaimingUniform(p, { nonlinearity: 'tanh', generator }),
      (5 / 3) * Math.sqrt(3 / 120),
    ],
    ['uniform', (p: Tensor) => init.uniform(p, { low: -2, high: 2, generator }), 2],
  ])('%s fills its range evenly', async (_, fill, bound) => {
    const values = await drawn(fill);
    expect(Math.max(...values.map(Math.abs))).toBeLessThanOrEqual(bound * (1 + 1e-6));
    expect(Math.max(...values)).toBeGreaterThan(bound * 0.98);
    expect(Math.min(...values)).toBeLessThan(-bound * 0.98);
    expect(Math.abs(deviation(values) / (bound / Math.sqrt(3)) - 1)).toBeLessThan(0.03);
  });

  it.each([
    ['xavierNormal', (p: Tensor) => init.xavierNormal(p, { generator }), Math.sqrt(2 / 300)],
    [
      'kaimingNormal',
      (p: Tensor) => init.kaimingNormal(p, { nonlinearity: 'relu', generator }),
      Math.sqrt(2 / 120),
    ],
    [
      'kaimingNormal for selu',
      (p: Tensor) => init.kaimingNormal(p, { nonlinearity: 'selu', generator }),
      0.75 / Math.sqrt(120),
    ],
    ['normal', (p: Tensor) => init.normal(p, { std: 0.5, generator }), 0.5],
  ])('%s has its deviation', async (_, fill, std) => {
    const values = await drawn(fill);
    expect(Math.abs(deviation(values) / std - 1)).toBeLessThan(0.03);
    expect(Math.max(...values)).toBeGreaterThan(2.5 * std);
  });

  it.each([
    [[5, 8], 1],
    [[8, 5], 2],
    [[3, 2, 2], 1],
  ])('orthogonal makes the rows or columns of %j orthogonal', async (shape, gain) => {
    const parameter = zeros(shape);
    await init.orthogonal(parameter, { gain, generator });
    const matrix = parameter.reshape([shape[0]!, -1]);
    const turned = matrix.transpose(0, 1);
    const [rows, columns] = matrix.shape as [number, number];
    const product = rows <= columns ? matrix.matmul(turned) : turned.matmul(matrix);
    const identity = Array.from({ length: product.size }, (_, at) =>
      at % (product.shape[0]! + 1) === 0 ? gain ** 2 : 0,
    );
    expectValuesClose(await product.data(), identity);
  });

  it('write into a layer, which goes on training', async () => {
    const layer = new Linear(3, 2);
    init.constant(layer.weight, 0.5);
    expect(new Set(await layer.weight.data())).toEqual(new Set([0.5]));
    expect(layer.weight.requiresGrad).toBe(true);
  });

  it('refuse what has no fans', async () => {
    expect(() => init.xavierUniform(zeros([3]))).toThrow(ArgumentError);
    expect(() => init.kaimingNormal(zeros([3]))).toThrow(
      'takes weights [out, in, ...] and was given the shape [3]',
    );
    await expect(init.orthogonal(zeros([3]))).rejects.toThrow('orthogonal takes weights');
  });
});
