import type { Generator } from 'azuraforge-core';
import { checkRange } from '../../argument.ts';
import { ArgumentError } from '../../error.ts';
import type { Values } from '../../trainer/dataset.ts';

/**
 * Blends each sample with another of its batch, and their targets in the same proportion (Zhang et al., 2018). The share
 * is drawn from Beta(alpha, alpha) once for the batch. `targets` are probabilities, one row for each sample (see
 * `oneHot`). The arguments stay as they are.
 */
export function mixup(
  inputs: Values,
  targets: Values,
  { alpha, generator }: { alpha: number; generator: Generator },
): { inputs: Values; targets: Values; share: number } {
  checkRange('alpha', alpha, { above: 0, maximum: 4 });
  const samples = inputs.shape[0];
  if (samples === undefined || targets.shape[0] !== samples || targets.shape.length !== 2) {
    throw new ArgumentError(
      `mixup() got inputs of shape [${inputs.shape.join(', ')}] and targets of shape [${targets.shape.join(', ')}]; it needs [samples, ...] and [samples, classes].`,
    );
  }
  const share = symmetricBeta(alpha, generator);
  const partners = generator.permutation(samples);
  return { inputs: blendRows(inputs, partners, share), targets: blendRows(targets, partners, share), share };
}

/** `[samples, classes]`: 1 at each sample's class, else 0. */
export function oneHot(labels: ArrayLike<number>, classes: number): Values {
  const data = new Float32Array(labels.length * classes);
  for (let row = 0; row < labels.length; row += 1) {
    const label = labels[row]!;
    if (!Number.isInteger(label) || label < 0 || label >= classes) {
      throw new ArgumentError(
        `oneHot(): label ${row} is ${label}; it must be a whole number from 0 to ${classes - 1}.`,
      );
    }
    data[row * classes + label] = 1;
  }
  return { data, shape: [labels.length, classes] };
}

function blendRows({ data, shape }: Values, partners: Int32Array, share: number): Values {
  const size = data.length / partners.length;
  const blended = data.map((value, index) => {
    const row = Math.floor(index / size);
    return share * value + (1 - share) * data[partners[row]! * size + (index - row * size)]!;
  });
  return { data: blended, shape };
}

/** Jöhnk's method, with logarithms, as the powers of a small alpha are too small for a number. */
function symmetricBeta(alpha: number, generator: Generator): number {
  for (;;) {
    const first = Math.log(1 - generator.random()) / alpha;
    const second = Math.log(1 - generator.random()) / alpha;
    if (Math.exp(first) + Math.exp(second) <= 1) return 1 / (1 + Math.exp(second - first));
  }
}
