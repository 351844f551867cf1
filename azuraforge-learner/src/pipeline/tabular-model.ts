import type { Generator } from 'azuraforge-core';
import type { TableEncoder } from '../data/table-encoder.ts';
import { ReLU } from '../nn/activation.ts';
import { Dropout } from '../nn/dropout.ts';
import { Linear } from '../nn/linear.ts';
import type { Module } from '../nn/module.ts';
import { LayerNorm } from '../nn/normalization.ts';
import { Sequential } from '../nn/sequential.ts';
import { TableEmbedding } from '../nn/table-embedding.ts';
import type { TabularConfig } from './tabular-config.ts';

/** More numbers for a category would hardly tell more. */
const WIDEST_EMBEDDING = 50;

/** `[batch, features of the encoder]` → `[batch, outputs]`: embeddings where there are any, hidden layers, a head. */
export function createTabularModel(
  encoder: TableEncoder,
  outputs: number,
  config: TabularConfig,
  generator: Generator,
): Module {
  const layers: Record<string, Module> = {};
  const { encoding, categorical } = encoder.state;
  let width = encoder.featureNames.length;
  if (encoding === 'index' && categorical.length > 0) {
    const columns = categorical.map(({ categories: { length } }) => ({
      numEmbeddings: length + 1,
      embeddingDim: Math.min(WIDEST_EMBEDDING, Math.ceil((length + 1) / 2)),
    }));
    const numeric = width - columns.length;
    layers['embedding'] = new TableEmbedding(numeric, columns, { generator });
    width = columns.reduce((sum, { embeddingDim }) => sum + embeddingDim, numeric);
  }
  for (let layer = 1; layer <= config.num_layers; layer += 1) {
    layers[`hidden${layer}`] = new Linear(width, config.hidden_size, { generator });
    if (config.normalization === 'layer') layers[`norm${layer}`] = new LayerNorm(config.hidden_size);
    layers[`relu${layer}`] = new ReLU();
    layers[`dropout${layer}`] = new Dropout(config.dropout);
    width = config.hidden_size;
  }
  return new Sequential({ ...layers, head: new Linear(width, outputs, { generator }) });
}
