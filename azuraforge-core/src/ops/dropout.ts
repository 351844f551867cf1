import { record } from '../autograd.ts';
import { inputError } from '../error.ts';
import { binary, input } from '../expression.ts';
import { within } from '../memory.ts';
import type { Generator } from '../random.ts';
import { defaultGenerator } from '../random.ts';
import type { Tensor } from '../tensor.ts';
import { computeElementwise, emptyLike, sharedDevice } from './compute.ts';

const PRODUCT = binary('mul', input(0), input(1));

/**
 * Sets elements to 0 with probability `p` and multiplies the others by 1 / (1 − p). For training only: at prediction leave
 * it out. Without a generator the default one is used.
 */
export function dropout(x: Tensor, p = 0.5, options: { generator?: Generator } = {}): Tensor {
  if (!(p >= 0 && p <= 1)) throw inputError('dropout', `the probability must lie in 0 to 1, got ${p}`, { p });
  const device = sharedDevice('dropout', [x]);
  const generator = options.generator ?? defaultGenerator();
  return within('dropout', () => {
    const mask = emptyLike('dropout', x, x.shape, 'float32');
    const { size } = mask;
    if (size > 0) {
      device.run({ kind: 'random', distribution: 'dropout', size }, [mask.storage.buffer], () => [
        ...generator.reserve(size),
        p,
      ]);
    }
    const output = computeElementwise('dropout', [x, mask], PRODUCT, { dtype: 'float32' });
    return record('dropout', [x], [output], [mask], ([g], [factors]) => [
      computeElementwise('dropout', [g!, factors!], PRODUCT, { dtype: 'float32' }),
    ])[0];
  });
}
