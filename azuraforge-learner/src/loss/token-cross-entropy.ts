import { tidy } from 'azuraforge-core';
import type { Tensor } from 'azuraforge-core';
import { CrossEntropyLoss } from './cross-entropy.ts';

/** CrossEntropyLoss of every step of sequences, all counting the same. */
export class TokenCrossEntropyLoss extends CrossEntropyLoss {
  /**
   * @param predicted `[batch, time, classes]`
   * @param target `[batch, time]` of dtype int32
   */
  override forward(predicted: Tensor, target: Tensor): Tensor {
    const classes = predicted.shape.at(-1)!;
    return tidy(() => super.forward(predicted.reshape([-1, classes]), target.reshape([-1])));
  }
}
