import { describe, expect, test } from '@jest/globals';
import { fromTypedArray, Generator, memory, noGrad, tidy } from 'azuraforge-core';
import { ArgumentError, CancelledError } from '../../src/error.ts';
import { generateTokens } from '../../src/generation/generate-tokens.ts';
import { KeyValueCache } from '../../src/nn/attention/key-value-cache.ts';
import { GPT } from '../../src/nn/gpt.ts';
import { normal } from '../../src/nn/init.ts';
import { expectValuesClose } from '../close.ts';
import { DEVICES, useDevice } from '../devices.ts';

const CONTEXT = 8;

/** A model whose answers depend on all that it sees. */
function createModel(): GPT {
  const generator = new Generator(5);
  const options = { maxLength: CONTEXT, dModel: 12, nhead: 3, numLayers: 2, generator };
  const model = new GPT(11, options).eval();
  for (const parameter of model.parameters()) {
    if (parameter.ndim === 2) normal(parameter, { std: 0.5, generator });
  }
  return model;
}

function logitsOf(model: GPT, tokens: readonly number[], cache?: KeyValueCache): Promise<number[]> {
  const logits = tidy(() =>
    noGrad(() => {
      const input = fromTypedArray(Int32Array.from(tokens), [1, tokens.length]);
      return model.forward(input, { cache }).select(1, -1).contiguous();
    }),
  );
  return logits
    .data()
    .then((values) => Array.from(values))
    .finally(() => logits.dispose());
}

describe.each(DEVICES)('a cache of keys and values on %s', (device) => {
  useDevice(device);

  test('gives step by step what the whole sequence gives', async () => {
    const model = createModel();
    const cache = new KeyValueCache();
    const tokens = [3, 1, 4, 1, 5, 9, 2, 6];
    await logitsOf(model, tokens.slice(0, 3), cache);
    for (let length = 4; length <= CONTEXT; length += 1) {
      const stepwise = await logitsOf(model, [tokens[length - 1]!], cache);
      expectValuesClose(stepwise, await logitsOf(model, tokens.slice(0, length)), `after ${length}`);
      expect(cache.length).toBe(length);
    }
    cache.dispose();
    model.dispose();
  });
});

describe('generated tokens', () => {
  const model = createModel();
  const generate = (
    change: Partial<Parameters<typeof generateTokens>[2]> & { seed?: number } = {},
    prompt = [1, 2, 3],
  ): Promise<Int32Array> =>
    generateTokens(model, prompt, { maxTokens: 20, generator: new Generator(change.seed ?? 1), ...change });

  test('are the likeliest ones at a temperature of 0, within the context and beyond it', async () => {
    const made = await generate({ temperature: 0 });
    expect(made).toHaveLength(20);
    const tokens = [1, 2, 3];
    /** Where the tokens start that the model sees. */
    let start = 0;
    for (const token of made) {
      if (tokens.length - start > CONTEXT) start = tokens.length - CONTEXT / 2;
      const logits = await logitsOf(model, tokens.slice(start));
      expect(token).toBe(logits.indexOf(Math.max(...logits)));
      tokens.push(token);
    }
  });

  test('see the end of a prompt that is longer than the context', async () => {
    const long = Array.from({ length: 30 }, (_, index) => (index * 7) % 11);
    expect(await generate({}, long)).toEqual(await generate({}, long.slice(-CONTEXT)));
  });

  test('are the same for a seed, others for another, and leave no tensor behind', async () => {
    const first = await generate();
    const before = memory().buffers;
    expect(await generate()).toEqual(first);
    expect(memory().buffers).toBe(before);
    expect(await generate({ seed: 2 })).not.toEqual(first);
  });

  test('are drawn as the model has it', async () => {
    const logits = await logitsOf(model, [1, 2, 3]);
    const powers = logits.map((logit) => Math.exp(logit));
    const sum = powers.reduce((total, power) => total + power, 0);
    const generator = new Generator(3);
    const counts = logits.map(() => 0);
    for (let draw = 0; draw < 1000; draw += 1) {
      const [token] = await generate({ generator, maxTokens: 1 });
      counts[token!]! += 1;
    }
    expectValuesClose(
      counts.map((count) => count / 1000),
      powers.map((power) => power / sum),
      'shares',
      0.05,
    );
  });

  test('are refused for an empty prompt, and end when they are cancelled', async () => {
    await expect(generate({}, [])).rejects.toThrow(ArgumentError);
    await expect(generate({ maxTokens: 0 })).rejects.toThrow(/maxTokens/);
    await expect(generate({ topP: 2 })).rejects.toThrow(/topP/);
    await expect(generate({ signal: AbortSignal.abort() })).rejects.toThrow(CancelledError);
  });

  test('masks and several further steps do not go with a cache', () => {
    const cache = new KeyValueCache();
    const layer = model.encoder.layers[0]!;
    const input = fromTypedArray(new Float32Array(24), [1, 2, 12]);
    const mask = fromTypedArray(new Int32Array(4), [2, 2]);
    expect(() => layer.forward(input, { mask, cache })).toThrow(/takes a cache without masks/);
    tidy(() => void layer.forward(input, { cache, isCausal: true }));
    expect(() => layer.forward(input, { cache, isCausal: true })).toThrow(/one step at a time/);
    cache.dispose();
  });
});
