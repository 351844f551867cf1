import { describe, expect, it } from '@jest/globals';
import { tensor } from 'azuraforge-core';
import type { Tensor } from 'azuraforge-core';
import { L1Loss, MSELoss } from '../../src/loss.ts';
import { Dropout } from '../../src/nn/dropout.ts';
import { Module } from '../../src/nn/module.ts';
import type { LayerDescription } from '../../src/nn/module.ts';
import { Sequential } from '../../src/nn/sequential.ts';
import { ArrayDataset } from '../../src/trainer/dataset.ts';
import { evaluate, predictInBatches } from '../../src/trainer/evaluation.ts';

const rows = (count: number) => ({
  data: Float32Array.from({ length: count * 2 }, (_, at) => at),
  shape: [count, 2],
});

class FirstRow extends Module {
  override forward(input: Tensor): Tensor {
    return input.narrow(0, 0, 1);
  }

  override describe(): LayerDescription {
    return { type: 'FirstRow' };
  }
}

describe('predictInBatches', () => {
  it('gives every row once and in order, without dropout, whatever the batch size', async () => {
    const model = new Sequential([new Dropout(0.9)]);
    const dataset = new ArrayDataset(rows(10), rows(10));
    for (const batchSize of [1, 3, 10, 64]) {
      expect(await predictInBatches(model, dataset, { batchSize })).toEqual(rows(10));
    }
    expect(model.training).toBe(true);
  });

  it('takes a source without targets', async () => {
    const source = {
      length: 3,
      batch: (indices: Uint32Array) => ({ input: tensor([[...indices]]).reshape([-1, 1]) }),
    };
    const { data, shape } = await predictInBatches(new Sequential([new Dropout()]), source, { batchSize: 2 });
    expect([[...data], shape]).toEqual([
      [0, 1, 2],
      [3, 1],
    ]);
  });

  it('refuses a model that loses rows, no samples, and a wrong batch size', async () => {
    const dataset = new ArrayDataset(rows(4), rows(4));
    const empty = { length: 0, batch: () => ({ input: tensor([0]) }) };
    await expect(predictInBatches(new FirstRow(), dataset, { batchSize: 4 })).rejects.toThrow(
      'A batch of 4 samples gave the shape [1, 2]; its first dimension must be 4.',
    );
    await expect(predictInBatches(new FirstRow(), empty, { batchSize: 4 })).rejects.toThrow('at least one');
    await expect(predictInBatches(new FirstRow(), dataset, { batchSize: 0 })).rejects.toThrow(
      'batchSize is 0',
    );
  });
});

describe('evaluate', () => {
  const shifted = rows(5);
  shifted.data = shifted.data.map((value) => value + 3);

  it.each([
    ['mean', 3],
    ['sum', 6],
  ] as const)('gives the loss per sample with reduction %s', async (reduction, expected) => {
    const dataset = new ArrayDataset(rows(5), shifted);
    const { loss } = await evaluate(new Sequential([new Dropout()]), new L1Loss({ reduction }), dataset, {
      batchSize: 2,
    });
    expect(loss).toBeCloseTo(expected, 6);
  });

  it('says where a loss is not finite', async () => {
    const huge = { data: new Float32Array(2).fill(3e38), shape: [1, 2] };
    const dataset = new ArrayDataset(huge, { data: new Float32Array(2).fill(-3e38), shape: [1, 2] });
    const running = evaluate(new Sequential([new Dropout()]), new MSELoss(), dataset, { batchSize: 1 });
    await expect(running).rejects.toThrow('The loss became Infinity in evaluation, batch 1');
  });
});
