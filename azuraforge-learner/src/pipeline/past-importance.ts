import { fromTypedArray } from 'azuraforge-core';
import type { Module } from '../nn/module.ts';
import type { PastImportance } from '../report/past.ts';
import { distanceBins } from '../report/distance-bins.ts';
import { predictInBatches } from '../trainer/evaluation.ts';
import type { Tested } from './learning-pipeline.ts';

/** Places of the test part at which the model is asked. */
const MOST_PLACES = 64;

/**
 * How much more is lost on the sample after a window when the codes at one distance before it are exchanged for those of
 * another place, of the training part. `judge` gives the losses of the codes of a window, see TokenJudge. Costs, for a
 * window of 256, ten forward passes for 64 windows. Ends with CancelledError when the signal aborts.
 */
export async function pastImportance(
  judge: Module,
  { train, test }: { train: Int32Array; test: Int32Array },
  window: number,
  signal: Tested['signal'],
): Promise<PastImportance> {
  const width = window + 1;
  const places = Math.min(MOST_PLACES, Math.floor(test.length / width));
  const bins = distanceBins(window);
  const start = (codes: Int32Array, place: number): number =>
    places === 1 ? 0 : Math.floor((place * (codes.length - width)) / (places - 1));
  const changed = [null, ...bins].flatMap((bin) =>
    Array.from({ length: places }, (_, place) => {
      const codes = test.slice(start(test, place), start(test, place) + width);
      if (bin === null) return codes;
      const from = start(train, place);
      // The last code of a window is the one to foretell.
      codes.set(train.subarray(from + window - bin.last, from + width - bin.first), window - bin.last);
      return codes;
    }),
  );
  const source = {
    length: changed.length,
    batch: (indices: Uint32Array) => {
      const codes = Array.from(indices, (index) => Array.from(changed[index]!)).flat();
      return { input: fromTypedArray(Int32Array.from(codes), [indices.length, width]) };
    },
  };
  const { data } = await predictInBatches(judge, source, { batchSize: places, signal });
  const losses = [null, ...bins].map((_, asked) =>
    mean(
      Array.from(
        { length: places },
        (_unused, place) => data[(asked * places + place) * window + window - 1]!,
      ),
    ),
  );
  return { bins, growth: losses.slice(1).map((loss) => loss - losses[0]!), places };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
