import { keep, noGrad, tidy } from 'azuraforge-core';
import type { Tensor } from 'azuraforge-core';
import { ArgumentError, DataError } from '../error.ts';
import type { HeatMap } from '../explain.ts';
import { Attention } from '../nn/attention.ts';
import type { AttentionCall } from '../nn/attention.ts';
import type { Module } from '../nn/module.ts';
import { MultiHeadAttention } from '../nn/multi-head-attention.ts';
import type { MultiHeadAttentionCall } from '../nn/multi-head-attention.ts';
import { modulesOf } from '../nn/summary.ts';
import { valuesOf } from '../trainer/dataset.ts';
import type { Values } from '../trainer/dataset.ts';

export interface AttentionMap {
  /** Of the layer, as in the names of its parameters: `layers.0.self_attn`; empty for the model itself. */
  layer: string;
  /** One for each head: rows are queries, columns keys, and each row sums to 1. */
  heads: HeatMap[];
  /** The mean of the heads. */
  mean: HeatMap;
}

/**
 * Where a model looks: the weights of every attention layer inside it (`MultiHeadAttention`, so all of a TransformerEncoder
 * or -Decoder, and `Attention`), in the order in which they are called, for one sample of the batch. A decoder is run by a
 * function: `attentionMaps(decoder, () => decoder.forward(target, memory))`. What a layer looks at is not yet what decides
 * the output (Jain & Wallace, "Attention is not explanation", 2019); compare with integratedGradients.
 *
 * Costs one forward pass in eval mode, and the weights once more.
 * Vaswani et al., "Attention is all you need" (2017).
 */
export async function attentionMaps(
  model: Module,
  input: Tensor | (() => Tensor),
  { sample = 0 }: { sample?: number } = {},
): Promise<AttentionMap[]> {
  const weights = watchAttention(model, typeof input === 'function' ? input : () => model.forward(input));
  try {
    if (weights.length === 0) {
      throw new ArgumentError(
        'attentionMaps: the model called no attention layer; it needs a MultiHeadAttention or an Attention inside.',
      );
    }
    const maps: AttentionMap[] = [];
    for (const { layer, tensor } of weights) maps.push(mapOf(layer, await valuesOf(tensor), sample));
    return maps;
  } finally {
    for (const { tensor } of weights) tensor.dispose();
  }
}

interface LayerWeights {
  layer: string;
  tensor: Tensor;
}

function watchAttention(model: Module, run: () => Tensor): LayerWeights[] {
  const found: LayerWeights[] = [];
  const watched = modulesOf(model).flatMap(([layer, module]) =>
    module instanceof MultiHeadAttention || module instanceof Attention ? [{ layer, module }] : [],
  );
  const { training } = model;
  for (const { layer, module } of watched) {
    const forward = module.forward.bind(module);
    module.forward = (
      query: Tensor,
      key = query,
      value = key,
      options: AttentionCall & MultiHeadAttentionCall = {},
    ): Tensor => {
      found.push({ layer, tensor: keep(module.weights(query, key, options)) });
      return forward(query, key, value, options);
    };
  }
  try {
    model.eval();
    tidy(() => void noGrad(run));
  } finally {
    for (const { module } of watched) Reflect.deleteProperty(module, 'forward');
    model.train(training);
  }
  return found;
}

function mapOf(layer: string, { data, shape }: Values, sample: number): AttentionMap {
  const [queries, keys] = [shape.at(-2)!, shape.at(-1)!];
  const [batch, heads] = [shape.length > 2 ? shape[0]! : 1, shape.length > 3 ? shape[1]! : 1];
  if (!Number.isInteger(sample) || sample < 0 || sample >= batch) {
    throw new ArgumentError(`attentionMaps: there is no sample ${sample}; the batch has ${batch}.`);
  }
  if (data.some((value) => Number.isNaN(value))) {
    throw new DataError(`attentionMaps: the weights of "${layer}" are NaN; check the input and the model.`);
  }
  const size = queries * keys;
  const maps = Array.from({ length: heads }, (_, head): HeatMap => {
    const start = (sample * heads + head) * size;
    return { shape: [queries, keys], values: Array.from(data.subarray(start, start + size)) };
  });
  const mean = maps[0]!.values.map((_, at) => maps.reduce((sum, map) => sum + map.values[at]!, 0) / heads);
  return { layer, heads: maps, mean: { shape: [queries, keys], values: mean } };
}
