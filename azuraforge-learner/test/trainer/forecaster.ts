import { Generator } from 'azuraforge-core';
import { Dropout } from '../../src/nn/dropout.ts';
import { LastStep } from '../../src/nn/last-step.ts';
import { Linear } from '../../src/nn/linear.ts';
import { LSTM } from '../../src/nn/lstm.ts';
import { Sequential } from '../../src/nn/sequential.ts';
import { ArrayDataset } from '../../src/trainer/dataset.ts';

const WINDOW = 12;

const sine = (step: number): number => Math.sin((2 * Math.PI * step) / 25);

/** Windows over a sine with a period of 25 steps; the target is the step after the window. */
export function sineWindows(count: number, start = 0): ArrayDataset {
  return new ArrayDataset(
    {
      data: Float32Array.from({ length: count * WINDOW }, (_, at) =>
        sine(start + Math.floor(at / WINDOW) + (at % WINDOW)),
      ),
      shape: [count, WINDOW, 1],
    },
    { data: Float32Array.from({ length: count }, (_, at) => sine(start + at + WINDOW)), shape: [count, 1] },
  );
}

export function forecaster({ seed = 1, hidden = 8, dropout = 0 } = {}): Sequential {
  const generator = new Generator(seed);
  return new Sequential({
    lstm: new LSTM(1, hidden, { generator }),
    last: new LastStep(),
    drop: new Dropout(dropout),
    head: new Linear(hidden, 1, { generator }),
  });
}
