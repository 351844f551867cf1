import { beforeAll, describe, expect, test } from '@jest/globals';
import type { Tensor } from '../src/index.ts';
import {
  adagradStep,
  batchNorm,
  compile,
  createAdagradState,
  createRmspropState,
  crossEntropyLoss,
  embedding,
  Generator,
  groupNorm,
  gru,
  layerNorm,
  linear,
  rand,
  rmspropStep,
  scaledDotProductAttention,
  tensor,
  tidy,
  zeroGrad,
  zeros,
} from '../src/index.ts';
import { DEVICES, registerDevices } from './devices.ts';

const [BATCH, STEPS, WORDS, WIDTH, CLASSES] = [6, 5, 7, 4, 3];

/** A classifier of sequences that has one layer of each kind; returns a step that trains it and gives the loss. */
function trainer(device: string): { step: (words: Tensor, target: Tensor) => Tensor; parameters: Tensor[] } {
  const generator = new Generator(5);
  const weight = (...shape: number[]): Tensor => {
    const made = tidy(() => rand(shape, { device, generator }).sub(0.5));
    made.requiresGrad = true;
    return made;
  };
  const table = weight(WORDS, WIDTH);
  const cell = {
    weightIh: weight(3 * WIDTH, WIDTH),
    weightHh: weight(3 * WIDTH, WIDTH),
    biasIh: weight(3 * WIDTH),
    biasHh: weight(3 * WIDTH),
  };
  const scales = [weight(WIDTH), weight(WIDTH), weight(WIDTH)] as const;
  const head = { weight: weight(CLASSES, WIDTH), bias: weight(CLASSES) };
  const running = [zeros([WIDTH], { device }), zeros([WIDTH], { device })] as const;
  const early = [table, ...Object.values(cell)];
  const late = [...scales, ...Object.values(head)];
  const states = [createRmspropState(early), createAdagradState(late)] as const;

  const step = (words: Tensor, target: Tensor): Tensor => {
    zeroGrad([...early, ...late]);
    const { output } = gru(embedding(words, table, { paddingIdx: 0 }), cell);
    const normal = layerNorm(output, [WIDTH], scales[0]);
    const seen = scaledDotProductAttention(normal, normal, output, {
      isCausal: true,
      mask: words.ge(1).unsqueeze(1),
    });
    const channels = groupNorm(seen.transpose(1, 2), 2, scales[1]);
    const whole = batchNorm(channels, ...running, scales[2], null, { training: true }).mean(2);
    const loss = crossEntropyLoss(linear(whole, head.weight, head.bias), target, {
      ignoreIndex: 2,
      labelSmoothing: 0.1,
    });
    loss.backward();
    rmspropStep(early, states[0], { lr: 0.01, momentum: 0.5, centered: true });
    adagradStep(late, states[1], { lr: 0.1, lrDecay: 0.1 });
    return loss.detach();
  };
  return { step, parameters: [...early, ...late, ...running] };
}

/** The loss of each step, then all parameters after the last one. */
async function curve(device: string, isCaptured: boolean): Promise<number[]> {
  const { step, parameters } = trainer(device);
  const run = isCaptured ? compile(step) : (...args: Parameters<typeof step>) => tidy(() => step(...args));
  const losses: number[] = [];
  for (let i = 0; i < 6; i++) {
    const words = tensor(
      Array.from({ length: BATCH }, (_, b) =>
        Array.from({ length: STEPS }, (__, t) => (b * 3 + t * t + i) % WORDS),
      ),
      { dtype: 'int32', device },
    );
    const target = tensor(
      Array.from({ length: BATCH }, (_, b) => (b + i) % CLASSES),
      { dtype: 'int32', device },
    );
    losses.push(await run(words, target).item());
  }
  for (const parameter of parameters) losses.push(...(await parameter.data()));
  return losses;
}

beforeAll(registerDevices);

describe.each(DEVICES)('a network of all layers on %s', (device) => {
  test('learns as on cpu, eager and captured, and repeats to the bit', async () => {
    const expected = await curve('cpu', false);
    const eager = await curve(device, false);
    const captured = await curve(device, true);
    for (const found of [eager, captured]) {
      expect(found.length).toBe(expected.length);
      for (const [i, value] of found.entries()) expect(value).toBeCloseTo(expected[i]!, 3);
    }
    expect(expected[0]!).not.toBeCloseTo(expected[5]!, 2);
    expect(await curve(device, false)).toEqual(eager);
    expect(await curve(device, true)).toEqual(captured);
  });
});
