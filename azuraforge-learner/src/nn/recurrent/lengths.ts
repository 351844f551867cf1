import { arange, fromTypedArray } from 'azuraforge-core';
import type { Tensor } from 'azuraforge-core';
import { ArgumentError } from '../../error.ts';

/** How many steps of each padded sequence count: a list, or int32 [batch], which a captured step can be given anew. */
export type Lengths = readonly number[] | Tensor;

/** What is to be known of the lengths of a padded batch [batch, steps, ...]. All tensors are outside of the graph. */
export class SequenceLengths {
  /** [batch, 1] */
  readonly #lengths: Tensor;
  /** 0 to steps − 1: [1, steps] */
  readonly #positions: Tensor;

  /** Throws ArgumentError unless there is a length from 1 to the number of steps for each sequence. */
  constructor(layer: string, lengths: Lengths, input: Tensor) {
    const [batch, steps] = input.shape as [number, number];
    this.#lengths = asTensor(layer, lengths, [batch, steps], input.device).reshape([batch, 1]);
    this.#positions = arange(0, steps, 1, { dtype: 'int32', device: input.device }).reshape([1, steps]);
  }

  /** 1 for the steps of each sequence and 0 beyond, int32 [batch, steps]. */
  inside(): Tensor {
    return this.#positions.lt(this.#lengths);
  }

  /** 1 beyond each sequence's end and 0 before, float32 [batch, steps]. */
  beyond(): Tensor {
    return this.#positions.ge(this.#lengths).cast('float32');
  }

  /** [batch, steps, width] with 0 beyond each sequence's end. */
  zeroBeyond(sequence: Tensor): Tensor {
    return sequence.where(this.inside().unsqueeze(2), 0);
  }

  /** Each sequence of [batch, steps, width] turned round within its own length; twice gives the same again. */
  reverse(sequence: Tensor): Tensor {
    const turned = this.#lengths.sub(1).sub(this.#positions);
    const index = turned.where(this.inside(), this.#positions);
    return sequence.gather(1, index.unsqueeze(2).expand(sequence.shape));
  }

  /** The last step of each sequence: [batch, steps, width] → [batch, width]. */
  last(sequence: Tensor): Tensor {
    const [batch, , width] = sequence.shape as [number, number, number];
    const index = this.#lengths.sub(1).unsqueeze(2).expand([batch, 1, width]);
    return sequence.gather(1, index).reshape([batch, width]);
  }
}

function asTensor(
  layer: string,
  lengths: Lengths,
  [batch, steps]: readonly [number, number],
  device: string,
): Tensor {
  const expected = `${batch} lengths from 1 to ${steps}, one for each sequence`;
  if (!isList(lengths)) {
    if (lengths.dtype === 'int32' && lengths.ndim === 1 && lengths.shape[0] === batch) return lengths;
    throw new ArgumentError(
      `${layer} takes ${expected}, as a list or int32 [${batch}], and was given the shape [${lengths.shape.join(', ')}] of ${lengths.dtype}.`,
    );
  }
  const fits = (length: number): boolean => Number.isSafeInteger(length) && length >= 1 && length <= steps;
  if (lengths.length !== batch || !lengths.every(fits)) {
    throw new ArgumentError(`${layer} takes ${expected}, and was given [${lengths.join(', ')}].`);
  }
  return fromTypedArray(Int32Array.from(lengths), [batch], { device });
}

function isList(lengths: Lengths): lengths is readonly number[] {
  return Array.isArray(lengths);
}
