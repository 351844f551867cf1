import { expect, test } from '@jest/globals';
import { Generator, tensor } from 'azuraforge-core';
import { ArgumentError } from '../../src/error.ts';
import { TableEmbedding } from '../../src/nn/table-embedding.ts';

const columns = [{ numEmbeddings: 3, embeddingDim: 2 }];

test('lets numbers through and gives zeros for an unknown category', async () => {
  const layer = new TableEmbedding(1, columns, { generator: new Generator(1) });
  const output = await layer
    .forward(
      tensor([
        [0.5, 1],
        [7, 2],
      ]),
    )
    .data();
  const weight = await layer.stateDict()['embeddings.0.weight']!.data();
  expect([...output]).toEqual([0.5, weight[2], weight[3], 7, 0, 0]);
});

test('refuses what it cannot work with', () => {
  expect(() => new TableEmbedding(-1, columns)).toThrow(ArgumentError);
  expect(() => new TableEmbedding(1.5, columns)).toThrow('numeric is 1.5');
  expect(() => new TableEmbedding(2, [])).toThrow('no column to embed');
  const layer = new TableEmbedding(2, columns);
  expect(() => layer.forward(tensor([[1, 0]]))).toThrow('takes [batch, 3] of float32');
});
