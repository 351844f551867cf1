import { beforeAll, describe, expect, test } from '@jest/globals';
import type { SgdOptions, Tensor } from '../src/index.ts';
import {
  adagradStep,
  adamStep,
  batchNorm,
  adamwStep,
  clipGradNorm,
  compile,
  conv2d,
  createAdagradState,
  createAdamState,
  createRmspropState,
  createSgdState,
  crossEntropyLoss,
  dropout,
  embedding,
  Generator,
  gru,
  layerNorm,
  linear,
  lstm,
  maxPool2d,
  mseLoss,
  ones,
  profile,
  rand,
  randn,
  rmspropStep,
  scaledDotProductAttention,
  sgdStep,
  tensor,
  tidy,
  zeroGrad,
  zeros,
} from '../src/index.ts';
import { DEVICES, registerDevices } from './devices.ts';

beforeAll(registerDevices);

/** A fresh model with its batch: what one step does, and how to make weights for it. */
interface Setup {
  readonly weight: (...shape: number[]) => Tensor;
  readonly generator: Generator;
  readonly device: string;
}

type Step = (x: Tensor, y: Tensor) => Tensor;

function mlp({ weight, generator }: Setup): Step {
  const [w1, b1, w2, b2] = [weight(16, 6), weight(16), weight(1, 16), weight(1)] as const;
  const parameters = [w1, b1, w2, b2];
  const state = createAdamState(parameters);
  return (x, y) => {
    zeroGrad(parameters);
    const hidden = dropout(linear(x, w1, b1).relu(), 0.2, { generator });
    const loss = mseLoss(linear(hidden, w2, b2), y);
    loss.backward();
    clipGradNorm(parameters, 1);
    adamStep(parameters, state, { lr: 0.01 });
    return loss;
  };
}

function recurrent({ weight, device }: Setup): Step {
  const weights = { weightIh: weight(16, 2), weightHh: weight(16, 4), biasIh: weight(16) };
  const head = weight(1, 4);
  const parameters = [...Object.values(weights), head];
  const state = createAdamState(parameters);
  const scale = ones([1], { device });
  let steps = 0;
  return (x, y) => {
    zeroGrad(parameters);
    const loss = mseLoss(linear(lstm(x.reshape([-1, 3, 2]), weights).hidden, head).mul(scale), y);
    loss.backward();
    adamwStep(parameters, state, { lr: () => 0.02 / ++steps });
    return loss;
  };
}

function momentum(options: SgdOptions): (setup: Setup) => Step {
  return ({ weight }) => {
    const parameters = [weight(1, 6)];
    const state = createSgdState(parameters);
    return (x, y) => {
      zeroGrad(parameters);
      const loss = mseLoss(linear(x, parameters[0]!), y);
      loss.backward();
      sgdStep(parameters, state, options);
      return loss;
    };
  };
}

function convolutional({ weight, device, generator }: Setup): Step {
  const [kernel, bias, head] = [weight(4, 1, 3, 3), weight(4), weight(1, 16)] as const;
  const parameters = [kernel, bias, head];
  const state = createAdamState(parameters);
  const images = randn([8, 1, 6, 6], { generator, device });
  return (x, y) => {
    zeroGrad(parameters);
    const planes = conv2d(images.narrow(0, 0, x.shape[0]!), kernel, bias).relu();
    const loss = mseLoss(linear(maxPool2d(planes, 2).reshape([-1, 16]), head), y);
    loss.backward();
    adamStep(parameters, state, { lr: 0.01 });
    return loss;
  };
}

/** Tokens from `x`, and classes from `y`. */
function attending({ weight, device }: Setup): Step {
  const [table, scale, shift] = [weight(5, 4), weight(4), weight(4)] as const;
  const weights = { weightIh: weight(12, 4), weightHh: weight(12, 4), biasHh: weight(12) };
  const head = weight(2, 4);
  const parameters = [table, scale, shift, ...Object.values(weights), head];
  const [mean, spread] = [zeros([4], { device }), ones([4], { device })];
  const state = createRmspropState(parameters);
  const moving = createAdagradState([head]);
  return (x, y) => {
    zeroGrad(parameters);
    const embedded = embedding(x.abs().mul(2).clamp(0, 4).cast('int32'), table).unsqueeze(1);
    const seen = scaledDotProductAttention(embedded, embedded, embedded, { isCausal: true }).squeeze(1);
    const { hidden } = gru(layerNorm(seen.add(embedded.squeeze(1)), [4], scale, shift), weights);
    const logits = linear(batchNorm(hidden, mean, spread, null, null, { training: true }), head);
    const loss = crossEntropyLoss(logits, y.squeeze(1).gt(0)).add(mean.mul(spread).sum());
    loss.backward();
    rmspropStep(parameters, state, { lr: 0.01, momentum: 0.5, centered: true });
    adagradStep([head], moving, { lr: 0.01, lrDecay: 0.1 });
    return loss;
  };
}

const MODELS = {
  'attention, a gru and normalization with RMSprop and Adagrad': attending,
  'convolution and pooling': convolutional,
  'linear layers with dropout, clipping and Adam': mlp,
  'an lstm with AdamW on a schedule': recurrent,
  'sgd with momentum and dampening': momentum({ lr: 0.1, momentum: 0.9, dampening: 0.5 }),
  'sgd with nesterov momentum': momentum({ lr: 0.1, momentum: 0.9, nesterov: true, weightDecay: 0.1 }),
};

/** The losses of ten steps on batches of two sizes, and where the generator stands afterwards. */
async function train(make: (setup: Setup) => Step, device: string, isCompiled: boolean) {
  const generator = new Generator(5);
  const weight = (...shape: number[]) => {
    const made = tidy(() => rand(shape, { generator, device }).sub(0.5));
    made.requiresGrad = true;
    return made;
  };
  const step = make({ weight, generator, device });
  const batches = [8, 8, 3].map((size) => [
    randn([size, 6], { generator, device }),
    randn([size, 1], { generator, device }),
  ]);
  const run = isCompiled ? compile(step) : step;
  const losses: number[] = [];
  for (let i = 0; i < 10; i++) {
    const [x, y] = batches[i % batches.length]!;
    const loss = tidy(() => run(x!, y!).detach());
    losses.push(await loss.item());
  }
  return { losses, state: generator.state };
}

describe.each(DEVICES)('on %s', (device) => {
  test.each(Object.entries(MODELS))('%s learns as it does eagerly', async (_, make) => {
    const eager = await train(make, device, false);
    const compiled = await train(make, device, true);
    for (const [i, loss] of compiled.losses.entries()) {
      expect(Math.abs(loss - eager.losses[i]!)).toBeLessThan(1e-5 * Math.abs(eager.losses[i]!) + 1e-6);
    }
    expect(new Set(compiled.losses).size).toBe(compiled.losses.length);
    expect(compiled.state).toEqual(eager.state);
    expect(await train(make, device, true)).toEqual(compiled);
  });

  test('results and gradients are those of each call', async () => {
    const w = tensor([2, 3], { device, requiresGrad: true });
    const step = compile((x: Tensor) => {
      zeroGrad([w]);
      const loss = x.mul(w).square().sum();
      loss.backward();
      return { loss, both: [x, w], note: 'as traced' };
    });
    const first = step(tensor([1, 1], { device }));
    const second = step(tensor([1, 2], { device }));
    expect(await first.loss.item()).toBe(13);
    expect(await second.loss.item()).toBe(40);
    expect(second.note).toBe('as traced');
    expect(await second.both[0]!.array()).toEqual([1, 2]);
    expect(await second.both[1]!.array()).toEqual([2, 3]);
    expect(second.both[1]).not.toBe(w);
    expect(await w.grad!.array()).toEqual([4, 24]);
    expect(first.loss.requiresGrad).toBe(false);
  });

  test('arguments may be views, and nested', async () => {
    const step = compile(({ a, rest }: { a: Tensor; rest: Tensor[] }, scale: number) =>
      a.sub(rest[0]!).mul(scale),
    );
    const table = tensor([[1, 2, 3], [4, 5, 6]], { device }); // prettier-ignore
    const column = tensor([[1], [1], [1]], { device });
    expect(await step({ a: table.transpose(0, 1), rest: [column] }, 2).array()).toEqual([[0, 6], [2, 8], [4, 10]]); // prettier-ignore
    const other = table.flip([0, 1]).transpose(0, 1);
    expect(await step({ a: other, rest: [column] }, 2).array()).toEqual([[10, 4], [8, 2], [6, 0]]); // prettier-ignore
    expect(await step({ a: other, rest: [column] }, 3).array()).toEqual([[15, 6], [12, 3], [9, 0]]); // prettier-ignore
  });

  test('state that is changed in place goes on, and is read as it was at that time', async () => {
    const mean = zeros([2], { device });
    const step = compile((x: Tensor) => {
      const before = mean.clone();
      const doubled = mean.mul(2);
      mean.assign(mean.mul(0.5).add(x.mean(0).mul(0.5)));
      return [before.matmul(x), doubled, mean.mul(2)];
    });
    const x = tensor([[4, 8], [4, 8]], { device }); // prettier-ignore
    const found: unknown[] = [];
    for (let i = 0; i < 3; i++) {
      found.push(await Promise.all(step(x).map((result) => result.array())));
    }
    expect(found).toEqual([
      [[0, 0], [0, 0], [4, 8]],
      [[24, 48], [4, 8], [6, 12]],
      [[36, 72], [6, 12], [7, 14]],
    ]); // prettier-ignore
    expect(await mean.array()).toEqual([3.5, 7]);
  });

  test('numbers from the host start anew at each call, even if the step changes them', async () => {
    const step = compile((x: Tensor) => {
      const fixed = tensor([1, 2], { device });
      const changed = tensor([1, 2], { device });
      const index = tensor([1, 0], { device, dtype: 'int32' });
      changed.assign(changed.add(x));
      return [changed.add(fixed), x.gather(0, index)];
    });
    for (const value of [1, 2]) {
      const [sum, turned] = step(tensor([value, 0], { device }));
      expect(await sum!.array()).toEqual([2 + value, 4]);
      expect(await turned!.array()).toEqual([0, value]);
    }
  });

  test('empty tensors and steps that do nothing work', async () => {
    const empty = compile((x: Tensor) => [x.mul(2), zeros([0, 3], { device })]);
    const [doubled, made] = empty(zeros([2, 0], { device }));
    expect(doubled!.shape).toEqual([2, 0]);
    expect(await made!.array()).toEqual([]);
    const total = compile((x: Tensor) => x.sum());
    const { kernels } = await profile(() => total(zeros([2, 0], { device })));
    expect(kernels.map(({ kind }) => kind)).toEqual(['reduce']);
    expect(compile((x: number) => x + 1)(2)).toBe(3);
  });
});

test('gradients may be cleared before the step, but not forgotten', () => {
  const w = ones([2], { requiresGrad: true });
  const step = compile(() => w.square().sum().backward());
  for (let i = 0; i < 3; i++) {
    zeroGrad([w]);
    step();
    expect(w.grad).not.toBeNull();
  }
  expect(step).toThrow(/begin the step with zeroGrad/);
});

test.each(['cpu', 'wasm'])('parameters may be frozen and unfrozen between calls on %s', async (device) => {
  const [a, b] = [tensor([2], { device, requiresGrad: true }), tensor([3], { device })];
  let traces = 0;
  const step = compile(() => {
    traces += 1;
    zeroGrad([a, b]);
    const loss = a.mul(b).sum();
    loss.backward();
    sgdStep([a, b], createSgdState([a, b]), { lr: 1 });
    return loss;
  });
  const values = async (): Promise<unknown[]> => [await a.array(), await b.array()];
  step();
  step();
  expect(await values()).toEqual([[-4], [3]]);
  b.requiresGrad = true;
  step();
  expect(await values()).toEqual([[-7], [7]]);
  a.requiresGrad = false;
  step();
  step();
  expect(await values()).toEqual([[-7], [21]]);
  expect(a.grad).toBeNull();
  expect(traces).toBe(3);
});

test('a step may switch requiresGrad itself', async () => {
  const w = tensor([2], { requiresGrad: true });
  let traces = 0;
  const step = compile((x: Tensor) => {
    traces += 1;
    w.requiresGrad = false;
    const fixed = x.mul(w);
    w.requiresGrad = true;
    zeroGrad([w]);
    fixed.mul(w).sum().backward();
  });
  for (const value of [1, 2, 3]) {
    step(tensor([value]));
    expect(await w.grad!.array()).toEqual([2 * value]);
    w.requiresGrad = false;
  }
  expect(traces).toBe(1);
});

test('a step inside another one is a part of it', async () => {
  let traces = 0;
  const inner = compile((x: Tensor) => {
    traces += 1;
    return x.add(1);
  });
  const outer = compile((x: Tensor) => inner(inner(x)).mul(2));
  expect(await outer(tensor([1])).array()).toEqual([6]);
  expect(await outer(tensor([2])).array()).toEqual([8]);
  expect(traces).toBe(2);
});

test('a step is traced once for each kind of arguments, and the eight used last are kept', () => {
  const traced: number[] = [];
  const step = compile((x: Tensor, power: number) => {
    traced.push(power);
    return x.pow(power);
  });
  const x = tensor([2]);
  for (const power of [0, 1, 2, 3, 4, 5, 6, 7, 0, 8, 0, 1, 8, 7]) step(x, power);
  expect(traced).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 1]);
});
