import type { Values } from '../trainer/dataset.ts';

/**
 * How sure a classifier is of one class: logits `[batch, classes]` → `[batch]`. Unlike the probability it still tells much
 * where that is nearly 1.
 */
export function logOdds({ data, shape }: Values, target: number): Values {
  const [count, classes] = shape as [number, number];
  const odds = Float32Array.from({ length: count }, (_, row) => {
    const logits = data.subarray(row * classes, (row + 1) * classes);
    const others = logits.filter((_value, label) => label !== target);
    const highest = Math.max(...others);
    const sum = others.reduce((total, logit) => total + Math.exp(logit - highest), 0);
    return logits[target]! - highest - Math.log(sum);
  });
  return { data: odds, shape: [count] };
}
