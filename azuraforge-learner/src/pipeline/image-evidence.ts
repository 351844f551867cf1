import type { Tensor } from 'azuraforge-core';
import { fromTypedArray } from 'azuraforge-core';
import type { ImageDataset } from '../data/image-dataset.ts';
import { occlusion } from '../explain/occlusion.ts';
import type { Heat } from '../report/pictures.ts';
import type { ModelInput, Values } from '../trainer/dataset.ts';
import { predictInBatches } from '../trainer/evaluation.ts';
import type { Tested } from './learning-pipeline.ts';
import { logOdds } from './log-odds.ts';

/** Cells along the longer side of an image. Finer ones would show little more and cost their number squared. */
const CELLS = 14;

/**
 * For each of these test images which places speak for the model's answer: how far the log-odds of that class fall when a
 * patch of 2 × 2 cells is covered with the mean colour. `answers` holds a class for each test image; `inputOf` adds what
 * else the model takes to pixels `[batch, channels, height, width]`. Costs about 170 forward
 * passes for each image, whatever its size. Ends with CancelledError when the signal aborts.
 */
export async function imageEvidence(
  { model, signal }: Tested,
  test: ImageDataset,
  images: Iterable<number>,
  answers: ArrayLike<number>,
  inputOf: (pixels: Tensor, index: number) => ModelInput = (pixels) => pixels,
): Promise<Map<number, Heat>> {
  const found = new Map<number, Heat>();
  for (const index of images) {
    const { data, shape } = test.load(Uint32Array.of(index), 0).input;
    const [channels, height, width] = shape.slice(1) as [number, number, number];
    const cell = Math.ceil(Math.max(height, width) / CELLS);
    const sureness = async (batch: Values): Promise<Values> => {
      const input = {
        length: batch.shape[0]!,
        batch: () => ({ input: inputOf(fromTypedArray(batch.data, batch.shape), index) }),
      };
      return logOdds(await predictInBatches(model, input, { batchSize: input.length }), answers[index]!);
    };
    const { values } = await occlusion(
      sureness,
      { data: Float32Array.from(data), shape: [channels, height, width] },
      { patch: [channels, 2 * cell, 2 * cell], stride: [channels, cell, cell], signal },
    );
    found.set(index, cellsOf(values, height, width, cell));
  }
  return found;
}

/** All channels have the same values, and all pixels of a cell. */
function cellsOf(values: readonly number[], height: number, width: number, cell: number): Heat {
  const [rows, columns] = [Math.ceil(height / cell), Math.ceil(width / cell)];
  return {
    rows,
    columns,
    // Three digits are more than colours can show.
    values: Array.from({ length: rows * columns }, (_, at) => {
      const [row, column] = [Math.floor(at / columns), at % columns];
      return Number(values[(row * width + column) * cell]!.toPrecision(3));
    }),
  };
}
