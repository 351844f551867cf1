import { describe, expect, it } from '@jest/globals';
import { Generator, full, memory, ones, tensor, tidy } from 'azuraforge-core';
import type { Tensor } from 'azuraforge-core';
import { LeakyReLU, ReLU } from '../../src/nn/activation.ts';
import { Dropout } from '../../src/nn/dropout.ts';
import { LastStep } from '../../src/nn/last-step.ts';
import { Linear } from '../../src/nn/linear.ts';
import { LSTM } from '../../src/nn/lstm.ts';
import { Module } from '../../src/nn/module.ts';
import type { LayerDescription } from '../../src/nn/module.ts';
import { Sequential } from '../../src/nn/sequential.ts';

/** A model as a user writes one: layers in properties, in an array, and one of them twice. */
class Encoder extends Module {
  readonly scale: Tensor;
  readonly blocks: Linear[];
  readonly head: Sequential;
  readonly tied: Linear;

  constructor(generator?: Generator) {
    super();
    this.scale = this.registerParameter('scale', ones([1], { requiresGrad: true }));
    this.blocks = [new Linear(2, 2, { generator }), new Linear(2, 2, { generator, bias: false })];
    this.head = new Sequential({ drop: new Dropout(0.5), out: new Linear(2, 1, { generator }) });
    this.tied = this.blocks[0]!;
  }

  override forward(input: Tensor): Tensor {
    const hidden = this.blocks.reduce((values, block) => block.forward(values), input.mul(this.scale));
    return this.head.forward(hidden);
  }

  override describe(): LayerDescription {
    return { type: 'Encoder' };
  }
}

async function weights(seed: number): Promise<unknown> {
  return Promise.all(new Encoder(new Generator(seed)).parameters().map((parameter) => parameter.data()));
}

describe('Module', () => {
  it('names parameters as torch does', () => {
    const model = new Encoder();
    const names = [
      'scale',
      'blocks.0.weight',
      'blocks.0.bias',
      'blocks.1.weight',
      'head.out.weight',
      'head.out.bias',
    ];
    expect(model.namedParameters().map(([name]) => name)).toEqual(names);
    expect(Object.keys(model.stateDict())).toEqual([...names, 'tied.weight', 'tied.bias']);
    expect(model.parameters()).toHaveLength(6);
    expect(model.parameterCount()).toBe(1 + 6 + 4 + 3);
  });

  it('switches every layer between training and evaluation', () => {
    const model = new Encoder();
    const drop = model.head.children()[0]![1];
    expect([model.training, drop.training]).toEqual([true, true]);
    expect(model.eval()).toBe(model);
    expect([model.training, drop.training]).toEqual([false, false]);
    expect(model.train().training && drop.training).toBe(true);
  });

  it('gives the same weights for the same seed', async () => {
    expect(await weights(5)).toEqual(await weights(5));
    expect(await weights(5)).not.toEqual(await weights(6));
  });

  it('keeps its parameters when made inside tidy, and frees all of them', () => {
    const before = memory().buffers;
    const model: Module = tidy(() => new Encoder());
    expect(memory().buffers).toBe(before + 6);
    model.dispose();
    expect(memory().buffers).toBe(before);
  });

  it('saves, loads, names and frees buffers, which are no parameters', async () => {
    class Counter extends Linear {
      readonly count = this.registerBuffer('count', tensor(3, { dtype: 'int32' }));
    }
    const before = memory().buffers;
    const [model, other] = [new Sequential({ counter: new Counter(1, 1) }), new Counter(1, 1)];
    tidy(() => void other.count.assign(tensor(5, { dtype: 'int32' })));
    expect(model.namedBuffers().map(([name]) => name)).toEqual(['counter.count']);
    expect(model.parameterCount()).toBe(2);
    expect(Object.keys(model.stateDict())).toEqual(['counter.weight', 'counter.bias', 'counter.count']);
    model.loadStateDict(new Sequential({ counter: other }).stateDict());
    expect(await model.stateDict()['counter.count']!.item()).toBe(5);
    model.dispose();
    other.dispose();
    expect(memory().buffers).toBe(before);
  });

  it('refuses a parameter name that is taken', () => {
    class Twice extends Linear {
      constructor() {
        super(1, 1);
        this.registerParameter('weight', tensor([1]));
      }
    }
    expect(() => new Twice()).toThrow('The parameter "weight" is registered twice.');
  });
});

describe('Linear and LSTM', () => {
  it('start within the bounds of torch, and use them', async () => {
    const generator = new Generator(1);
    for (const [layer, bound] of [
      [new Linear(25, 40, { generator }), 1 / 5],
      [new LSTM(3, 16, { numLayers: 2, generator }), 1 / 4],
    ] as const) {
      for (const parameter of layer.parameters()) {
        const values = Array.from(await parameter.data());
        expect(Math.max(...values.map(Math.abs))).toBeLessThanOrEqual(bound);
        expect(Math.max(...values)).toBeGreaterThan(bound * 0.8);
        expect(Math.min(...values)).toBeLessThan(-bound * 0.8);
      }
    }
  });

  it('have torch names and shapes for every layer of an LSTM', () => {
    const lstm = new LSTM(3, 5, { numLayers: 2 });
    expect(lstm.namedParameters().map(([name, { shape }]) => [name, shape])).toEqual([
      ['weight_ih_l0', [20, 3]],
      ['weight_hh_l0', [20, 5]],
      ['bias_ih_l0', [20]],
      ['bias_hh_l0', [20]],
      ['weight_ih_l1', [20, 5]],
      ['weight_hh_l1', [20, 5]],
      ['bias_ih_l1', [20]],
      ['bias_hh_l1', [20]],
    ]);
  });

  it.each([
    [[2, 3], 'shape [2, 3]'],
    [[2, 4, 2], 'shape [2, 4, 2]'],
    [[2, 0, 3], 'shape [2, 0, 3]'],
  ])('LSTM refuses an input of shape %j', (shape, message) => {
    expect(() => new LSTM(3, 4).forward(ones(shape))).toThrow(message);
  });

  it('refuse sizes that are none', () => {
    expect(() => new Linear(0, 1)).toThrow('Linear: inFeatures is 0; it must be a whole number from 1 up.');
    expect(() => new LSTM(1, 2.5)).toThrow('hiddenSize is 2.5');
    expect(() => new LSTM(1, 2, { numLayers: 0 })).toThrow('numLayers is 0');
    expect(() => new LSTM(1, 2, { dropout: 1 })).toThrow(
      'LSTM: dropout is 1; it must be at least 0 and below 1.',
    );
    expect(() => new LeakyReLU({ negativeSlope: Number.NaN })).toThrow('negativeSlope is NaN');
  });

  it('an LSTM drops between its layers only, and only while training', async () => {
    const generator = new Generator(2);
    const input = ones([4, 6, 2]);
    const run = async (lstm: LSTM): Promise<unknown> => lstm.forward(input).data();
    const deep = new LSTM(2, 3, { numLayers: 2, dropout: 0.5, generator });
    expect(await run(deep)).not.toEqual(await run(deep));
    deep.eval();
    expect(await run(deep)).toEqual(await run(deep));
    const flat = new LSTM(2, 3, { dropout: 0.5, generator });
    expect(await run(flat)).toEqual(await run(flat));
  });
});

describe('Dropout', () => {
  it('zeroes the given share and scales the rest, only while training', async () => {
    const drop = new Dropout(0.25, { generator: new Generator(3) });
    const input = full([100, 100], 3);
    const values = Array.from(await drop.forward(input).data());
    expect(new Set(values)).toEqual(new Set([0, 4]));
    const zeros = values.filter((value) => value === 0).length;
    expect(Math.abs(zeros / values.length - 0.25)).toBeLessThan(0.02);
    expect(drop.eval().forward(input)).toBe(input);
    expect(new Dropout(0).forward(input)).toBe(input);
  });

  it('draws anew each time and the same for the same generator', async () => {
    const input = ones([50]);
    const draws = async (): Promise<unknown[]> => {
      const model = new Sequential([new Dropout(0.5)]);
      model.useGenerator(new Generator(9));
      return [await model.forward(input).data(), await model.forward(input).data()];
    };
    const [first, second] = await draws();
    expect(first).not.toEqual(second);
    expect(await draws()).toEqual([first, second]);
  });

  it.each([-0.1, 1, Number.NaN])('refuses the probability %d', (probability) => {
    expect(() => new Dropout(probability)).toThrow(`Dropout: probability is ${probability}`);
  });
});

describe('Sequential and LastStep', () => {
  it('selects the last step', async () => {
    const output = new LastStep().forward(
      tensor([
        [
          [1, 2],
          [3, 4],
        ],
        [
          [5, 6],
          [7, 8],
        ],
      ]),
    );
    expect(await output.array()).toEqual([
      [3, 4],
      [7, 8],
    ]);
    expect(() => new LastStep().forward(tensor([[1, 2]]))).toThrow('takes [batch, time, features]');
  });

  it('refuses no layers and names that would break the names of parameters', () => {
    expect(() => new Sequential([])).toThrow('at least one layer');
    expect(() => new Sequential({ 'a.b': new ReLU() })).toThrow('the name "a.b"');
  });
});
