import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from '@jest/globals';
import type { Tensor } from '../src/index.ts';
import {
  adamStep,
  createAdamState,
  keep,
  linear,
  lstm,
  memory,
  mseLoss,
  ones,
  randn,
  tensor,
  tidy,
  zeroGrad,
} from '../src/index.ts';

async function collectGarbage(): Promise<void> {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  for (let i = 0; i < 5; i++) {
    collect();
    // Finalizers run between turns.
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

test('1,000 training steps under tidy do not grow', async () => {
  const weights = {
    weightIh: randn([12, 2], { requiresGrad: true }),
    weightHh: randn([12, 3], { requiresGrad: true }),
    biasIh: randn([12], { requiresGrad: true }),
    biasHh: randn([12], { requiresGrad: true }),
  };
  const head = randn([1, 3], { requiresGrad: true });
  const parameters = [...Object.values(weights), head];
  const state = createAdamState(parameters);
  const [x, y] = [randn([4, 5, 2]), randn([4, 1])];
  const step = (): number => {
    tidy(() => {
      zeroGrad(parameters);
      mseLoss(linear(lstm(x, weights).hidden, head), y).backward();
      adamStep(parameters, state, { lr: 0.001 });
    });
    return memory().buffers;
  };
  const after = step();
  const { peakBytes } = memory();
  for (let i = 0; i < 1000; i++) expect(step()).toBe(after);
  expect(memory().peakBytes).toBe(peakBytes);
  expect((await head.data()).every(Number.isFinite)).toBe(true);
});

test('tidy disposes all but its result, whatever holds it', () => {
  const before = memory().buffers;
  const lost: ReturnType<typeof ones>[] = [];
  const result = tidy(() => {
    lost.push(ones([2]));
    return { a: ones([1]), list: [ones([1]), 5, null], kept: { deep: ones([3]).mul(2) } };
  });
  expect(lost[0]!.isDisposed).toBe(true);
  expect(result.kept.deep.isDisposed).toBe(false);
  expect(memory().buffers).toBe(before + 3);
  result.a.dispose();
  (result.list[0] as ReturnType<typeof ones>).dispose();
  result.kept.deep.dispose();
  expect(memory().buffers).toBe(before);
});

test('an inner tidy hands its result to the outer one', () => {
  const before = memory().buffers;
  tidy(() => {
    const inner = tidy(() => ones([2]).add(1));
    expect(inner.isDisposed).toBe(false);
  });
  expect(memory().buffers).toBe(before);
});

test('keep takes a tensor out of tidy', () => {
  const kept = tidy(() => {
    const saved = keep(ones([2]));
    return [() => saved];
  })[0]!();
  expect(kept.isDisposed).toBe(false);
});

test('tidy cleans up after an error', () => {
  const before = memory().buffers;
  expect(() =>
    tidy(() => {
      ones([2]).add(ones([3]));
    }),
  ).toThrow(/broadcast/);
  expect(memory().buffers).toBe(before);
});

test('an async function is a clear error, and nothing stays behind', async () => {
  const before = memory().buffers;
  expect(() =>
    tidy(async () => {
      const x = ones([2]);
      await Promise.resolve();
      return x.add(1);
    }),
  ).toThrow(/tidy: the function must not be async/);
  await new Promise((resolve) => setImmediate(resolve));
  expect(memory().buffers).toBe(before);
});

test('using disposes at the end of the block', async () => {
  const before = memory().buffers;
  {
    using x = ones([2]);
    using y = x.add(1);
    expect(await y.array()).toEqual([2, 2]);
  }
  expect(memory().buffers).toBe(before);
});

test('views share a buffer, which lives as long as any of them', async () => {
  const before = memory();
  const x = tensor([1, 2, 3, 4]);
  const view = x.reshape([2, 2]).transpose(0, 1);
  expect(memory().bytes).toBe(before.bytes + 16);
  x.dispose();
  expect(await view.array()).toEqual([
    [1, 3],
    [2, 4],
  ]);
});

test('disposing a tensor disposes its gradient, and twice is fine', () => {
  const before = memory().buffers;
  const x = ones([2], { requiresGrad: true });
  tidy(() => x.sum().backward());
  const { grad } = x;
  x.dispose();
  x.dispose();
  expect(grad!.isDisposed).toBe(true);
  expect(memory().buffers).toBe(before);
});

test('backward frees what the graph held', () => {
  const x = ones([10], { requiresGrad: true });
  const before = memory().buffers;
  const y = tidy(() => x.exp().mul(x).tanh().sum());
  expect(memory().buffers).toBeGreaterThan(before + 1);
  y.backward();
  expect(memory().buffers).toBe(before + 2);
});

test('a read that is under way survives the disposal of its tensor', async () => {
  const x = tensor([
    [1, 2],
    [3, 4],
  ]);
  const turned = x.transpose(0, 1);
  const reading = turned.data();
  x.dispose();
  turned.dispose();
  expect(await reading).toEqual(Float32Array.of(1, 3, 2, 4));
});

test.each([
  ['in a loop', (x: Tensor) => Array.from({ length: 50 }, () => x.exp().mul(x).sum()).length],
  [
    'in a long chain',
    (x: Tensor) => Array.from({ length: 50 }).reduce((y: Tensor) => y.mul(x).maximum(y), x).size,
  ],
])('tensors that nobody disposed are given back by the garbage collector: %s', async (_, makeGarbage) => {
  const before = memory().buffers;
  const x = ones([2], { requiresGrad: true });
  makeGarbage(x);
  expect(memory().buffers).toBeGreaterThan(before + 50);
  await collectGarbage();
  expect(memory().buffers).toBeLessThan(before + 10);
});

test('a loss that is kept after backward keeps nothing else', async () => {
  const weight = ones([3, 3], { requiresGrad: true });
  const before = memory().buffers;
  const learn = (): Tensor => {
    const loss = linear(linear(ones([2, 3]), weight), weight).mean();
    loss.backward();
    return loss;
  };
  const losses = Array.from({ length: 20 }, learn);
  await collectGarbage();
  expect(memory().buffers).toBeLessThan(before + losses.length + 5);
});
