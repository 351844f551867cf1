import { beforeAll, describe, expect, test } from '@jest/globals';
import { array, assert, asyncProperty, nat, record } from 'fast-check';
import type { Tensor } from '../src/index.ts';
import {
  arange,
  compile,
  concat,
  Generator,
  mseLoss,
  profile,
  randn,
  tidy,
  where,
  zeroGrad,
} from '../src/index.ts';
import { DEVICES, registerDevices } from './devices.ts';

beforeAll(registerDevices);

type Inputs = Record<'x' | 'y' | 'row' | 'column', Tensor>;

function makeInputs(device: string): Inputs {
  const generator = new Generator(11);
  const make = (...shape: number[]): Tensor => randn(shape, { generator, device });
  const inputs = { x: make(6, 8), y: make(6, 8), row: make(8), column: make(6, 1) };
  inputs.row.requiresGrad = true;
  return inputs;
}

/** A layer that normalizes rows, put together from plain ops. */
function normalize(x: Tensor, scale: Tensor, shift: Tensor): Tensor {
  const mean = x.mean(-1, true);
  const deviation = x.variance(-1, { keepdim: true, correction: 0 }).add(1e-5).sqrt();
  return x.sub(mean).div(deviation).mul(scale).add(shift);
}

const CHAINS: Record<string, [eager: number, fused: number, run: (inputs: Inputs) => Tensor[]]> = {
  'gelu from plain ops': [
    9,
    1,
    ({ x }) => [x.mul(0.5).mul(x.add(x.mul(x).mul(x).mul(0.044715)).mul(0.79788).tanh().add(1))],
  ],
  'softmax of a scaled sum': [5, 3, ({ x, row }) => [x.add(row).mul(2).softmax(-1)]],
  'layer norm from plain ops': [9, 3, ({ x, y, row }) => [normalize(x, row, y)]],
  'the loss and the gradient of a product': [
    6,
    2,
    ({ x, y, row }) => {
      zeroGrad([row]);
      const loss = mseLoss(x.mul(row), y);
      loss.backward();
      return [loss];
    },
  ],
  'a reduction with what comes before and after it': [4, 1, ({ x, y }) => [x.sub(y).abs().mean(1).neg()]],
  'views in between': [
    3,
    1,
    ({ x, row }) => [x.add(row).transpose(0, 1).mul(2).reshape([2, 4, 6]).flip(1).neg()],
  ],
  'a mask': [4, 1, ({ x, y }) => [where(x.gt(0), x, y.mul(2)).add(1)]],
  'what nobody reads': [
    3,
    1,
    ({ x, y }) => {
      x.exp().sum();
      return [x.add(y)];
    },
  ],
  'the same twice': [6, 3, ({ x, y }) => [x.mul(y).tanh().sum(0), x.mul(y).tanh().sum(0)]],
  // What costs much is not worked out twice, and neither is what is compared with itself.
  'an expensive value with two readers': [4, 3, ({ x }) => [x.exp().add(1), x.exp().mul(2)]],
  'a value that is compared with its own maximum': [
    4,
    3,
    ({ x, y }) => {
      const product = x.mul(y).add(0);
      return [product.eq(product.max(1, true))];
    },
  ],
  'a choice by a rounded value with two readers': [
    5,
    3,
    ({ x, y }) => {
      const chosen = where(x.mul(3).gt(1), 1, y);
      return [chosen.neg(), chosen.abs()];
    },
  ],
  'a choice by a stored value with two readers': [
    4,
    2,
    ({ x, y }) => {
      const chosen = where(x.gt(1), 1, y);
      return [chosen.neg(), chosen.abs()];
    },
  ],
  'floats made of integers, of which many follow': [
    5,
    3,
    ({ x, y }) => [x.cast('int32').cast('float32').tanh().mul(y).tanh()],
  ],
  'a division for each row': [3, 2, ({ x, column }) => [x.mul(column.square().tanh())]],
  'a part that is written': [4, 3, ({ x, column }) => [concat([x.mul(2), column], 1).tanh()]],
};

async function countKernels(run: () => unknown): Promise<number> {
  const report = await profile(run);
  return report.kernels.reduce((sum, { calls }) => sum + calls, 0);
}

describe.each(DEVICES)('on %s', (device) => {
  test.each(Object.entries(CHAINS))('fewer kernels do the same: %s', async (_, [eager, fused, run]) => {
    const inputs = makeInputs(device);
    let wanted: Tensor[] = [];
    const eagerCount = await countKernels(async () => {
      wanted = tidy(() => run(inputs));
      await wanted[0]!.data();
    });
    const gradient = await inputs.row.grad?.data();
    const step = compile(() => run(inputs));
    step();
    let found: Tensor[] = [];
    const fusedCount = await countKernels(async () => {
      found = step();
      await found[0]!.data();
    });
    for (const [i, tensor] of found.entries()) {
      expectClose(await tensor.data(), await wanted[i]!.data());
    }
    if (gradient !== undefined) expectClose(await inputs.row.grad!.data(), gradient);
    expect([eagerCount, fusedCount]).toEqual([eager, fused]);
  });
});

function expectClose(found: ArrayLike<number>, wanted: ArrayLike<number>): void {
  expect(found.length).toBe(wanted.length);
  for (let i = 0; i < found.length; i++) {
    const [a, b] = [found[i]!, wanted[i]!];
    if (!Object.is(a, b)) expect(Math.abs(a - b)).toBeLessThanOrEqual(1e-6 + 2e-5 * Math.abs(b));
  }
}

/** Ops that never leave shapes which stretch to [2, 3, 4]. */
type Op = (a: Tensor, b: Tensor, c: Tensor) => Tensor;

const full = (a: Tensor): Tensor => a.cast('float32').expand([2, 3, 4]);

const SMOOTH: readonly Op[] = [
  (a) => a.neg(),
  (a) => a.abs(),
  (a) => a.tanh(),
  (a) => a.sigmoid(),
  (a) => a.mul(0.3),
  (a) => a.add(-1.7),
  (a) => a.clamp(-2, 2),
  (a, b) => a.add(b),
  (a, b) => a.sub(b),
  (a, b) => a.clamp(-9, 9).mul(b.clamp(-9, 9)),
  (a, b) => a.div(b.abs().add(0.5)),
  (a, b) => a.maximum(b),
  (a, b) => a.minimum(b),
  (a) => a.sum(0, true),
  (a) => a.mean([1, 2], true),
  (a) => a.max(2, true),
  (a) => a.flip([0, 2]),
  (a) => a.clone(),
  (a) => full(a).reshape([6, 4]).mul(0.5).transpose(0, 1).add(1).transpose(0, 1).reshape([2, 3, 4]),
  (a) => full(a).permute([2, 0, 1]).relu().permute([1, 2, 0]),
  (a) => full(a).narrow(2, 1, 2).mul(2).pad([[0, 0], [0, 0], [1, 1]], 0.5), // prettier-ignore
  (a, b) => concat([full(a).narrow(1, 0, 1), full(b).narrow(1, 1, 2)], 1),
];

/** These jump, so that a last bit decides. They are for the device on which no bit may differ. */
const JUMPING: readonly Op[] = [
  (a, b) => a.gt(b),
  (a, b) => a.eq(b.max(0, true)),
  (a) => a.sign(),
  (a, b) => a.mul(3).cast('int32').add(b.gt(0)).mul(3),
  (a, b, c) => where(a.gt(0), b, c),
  (a) => a.cast('float32').div(3).sqrt(),
  (a) => full(a).argmax(1, true),
  (a) => a.mul(1e9).cast('int32').sum([0, 1, 2], true).div(7),
  (a) => a.add(arange(0, 3, 1, { device: a.device }).reshape([3, 1])),
  (a) => a.mul(1e20).mul(1e20).mul(1e-20),
];

const programs = array(record({ op: nat(), a: nat(), b: nat(), c: nat() }), {
  minLength: 2,
  maxLength: 14,
});

test.each(DEVICES)('any graph of ops gives the same compiled as eager on %s', async (device) => {
  const isReference = device === 'cpu' || device === 'deferred';
  const ops = isReference ? [...SMOOTH, ...JUMPING] : SMOOTH;
  const generator = new Generator(1);
  const sources = [[2, 3, 4], [3, 1], [4], [2, 1, 1]].map((shape) => randn(shape, { generator, device }));
  await assert(
    asyncProperty(programs, nat(), async (program, extra) => {
      const run = (): Tensor[] => {
        const pool = sources.map((source) =>
          source.reshape([...Array<number>(3 - source.ndim).fill(1), ...source.shape]),
        );
        const pick = (index: number): Tensor => pool[pool.length - 1 - (index % pool.length)]!;
        for (const { op, a, b, c } of program) pool.push(ops[op % ops.length]!(pick(a), pick(b), pick(c)));
        return [pool.at(-1)!, pick(extra)];
      };
      using step = compile(run);
      const wanted = tidy(run);
      for (const found of [step(), step()]) {
        for (const [i, tensor] of found.entries()) {
          const [values, expected] = [await tensor.data(), await wanted[i]!.data()];
          if (isReference) expect(values).toEqual(expected);
          else expectClose(values, expected);
          tensor.dispose();
        }
      }
      for (const tensor of wanted) tensor.dispose();
    }),
    // On webgpu nearly every graph has shaders that are to be compiled.
    { numRuns: device === 'webgpu' ? 30 : 150 },
  );
});
