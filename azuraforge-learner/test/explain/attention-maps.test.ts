import { afterAll, describe, expect, it } from '@jest/globals';
import { fromTypedArray, Generator } from 'azuraforge-core';
import type { Tensor } from 'azuraforge-core';
import { attentionMaps } from '../../src/explain/attention-maps.ts';
import { Attention } from '../../src/nn/attention.ts';
import { Linear } from '../../src/nn/linear.ts';
import type { Module } from '../../src/nn/module.ts';
import { Sequential } from '../../src/nn/sequential.ts';
import { TransformerDecoder } from '../../src/nn/transformer-decoder.ts';
import { TransformerEncoder } from '../../src/nn/transformer-encoder.ts';
import { expectValuesClose } from '../close.ts';
import { DEVICES, useDevice } from '../devices.ts';

const series = (steps: number): Tensor =>
  fromTypedArray(
    Float32Array.from({ length: 2 * steps * 4 }, (_, at) => Math.sin(at * at)),
    [2, steps, 4],
  );

describe.each(DEVICES)('attentionMaps on %s', (device) => {
  useDevice(device);
  const made: { dispose(): void }[] = [];
  const own = <Thing extends { dispose(): void }>(thing: Thing): Thing => {
    made.push(thing);
    return thing;
  };
  afterAll(() => made.forEach((thing) => thing.dispose()));
  const options = { numLayers: 2, dimFeedforward: 8, generator: new Generator(2) };

  it('has a map for each layer and head, whose rows sum to 1', async () => {
    const encoder = own(new TransformerEncoder(4, 2, options));
    const maps = await attentionMaps(own(new Sequential({ encoder })), own(series(3)), { sample: 1 });
    expect(maps.map(({ layer }) => layer)).toEqual([
      'encoder.layers.0.self_attn',
      'encoder.layers.1.self_attn',
    ]);
    for (const { heads, mean } of maps) {
      expect(heads).toHaveLength(2);
      for (const { shape, values } of [...heads, mean]) {
        expect(shape).toEqual([3, 3]);
        for (const query of [0, 1, 2]) {
          const sum = values.slice(query * 3, query * 3 + 3).reduce((total, value) => total + value, 0);
          expect(sum).toBeCloseTo(1, 5);
        }
      }
      expect(heads[0]!.values).not.toEqual(heads[1]!.values);
    }
  });

  it('has the weights of the layer itself, of the sample that was asked for', async () => {
    const encoder = own(new TransformerEncoder(4, 2, { ...options, numLayers: 1 }));
    const input = own(series(3));
    const weights = own(encoder.layers[0]!.selfAttn.weights(input));
    const [map] = await attentionMaps(encoder, input, { sample: 1 });
    expectValuesClose(
      map!.heads.flatMap(({ values }) => values),
      Array.from(await weights.data()).slice(18),
    );
  });

  it('keeps masks, and looks across from a decoder to its memory', async () => {
    const decoder = own(new TransformerDecoder(4, 1, { ...options, numLayers: 1 }));
    const [target, memory] = [own(series(3)), own(series(5))];
    const maps = await attentionMaps(decoder, () => decoder.forward(target, memory, { tgtIsCausal: true }));
    expect(maps.map(({ layer }) => layer)).toEqual(['layers.0.self_attn', 'layers.0.multihead_attn']);
    const [self, across] = maps;
    expect([1, 2, 5].map((at) => self!.mean.values[at])).toEqual([0, 0, 0]);
    expect(across!.mean.shape).toEqual([3, 5]);
  });

  it('leaves the model as it was', async () => {
    const model = own(new Sequential({ attention: new Attention(), head: new Linear(4, 1) })).train();
    const attention = model.children()[0]![1] as Module;
    const [map] = await attentionMaps(model, own(series(3)));
    expect(map!.heads).toHaveLength(1);
    expect(Object.hasOwn(attention, 'forward')).toBe(false);
    expect(model.training).toBe(true);
  });
});
