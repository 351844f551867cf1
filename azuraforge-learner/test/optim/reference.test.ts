import { describe, it } from '@jest/globals';
import { Adam } from '../../src/optim/adam.ts';
import { AdamW } from '../../src/optim/adamw.ts';
import type { Optimizer } from '../../src/optim/optimizer.ts';
import { SGD } from '../../src/optim/sgd.ts';
import { expectClose } from '../close.ts';
import { asTensor, readFixture } from '../fixture.ts';
import type { FixtureTensor } from '../fixture.ts';

interface OptimizerCase {
  type: 'SGD' | 'Adam' | 'AdamW';
  options: Record<string, never>;
  initial: FixtureTensor[];
  steps: { gradients: FixtureTensor[]; values: FixtureTensor[] }[];
}

const cases = await readFixture<OptimizerCase[]>('optimizers');
const types = { SGD, Adam, AdamW };

describe('optimizers beside PyTorch', () => {
  it.each(
    cases.map((each): [string, OptimizerCase] => [`${each.type} ${JSON.stringify(each.options)}`, each]),
  )('%s', async (_, { type, options, initial, steps }) => {
    const parameters = initial.map((values) => asTensor(values, { requiresGrad: true }));
    const optimizer: Optimizer = new types[type](parameters, options);
    for (const { gradients, values } of steps) {
      for (const [index, gradient] of gradients.entries()) parameters[index]!.grad = asTensor(gradient);
      optimizer.step();
      optimizer.zeroGrad();
      for (const [index, value] of values.entries()) await expectClose(parameters[index]!, value);
    }
  });
});
