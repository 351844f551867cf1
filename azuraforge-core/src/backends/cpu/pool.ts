import type {
  AvgPool2dGradientKernel,
  AvgPool2dKernel,
  MaxPool2dGradientKernel,
  MaxPool2dKernel,
  Pool2dGeometry,
} from '../../kernel.ts';
import type { Span } from '../../span.ts';
import { spansOf } from '../../span.ts';
import type { Program } from './buffer.ts';

/** Calls `visit` for every window, in the order of the output. */
function forEachWindow(
  geometry: Pool2dGeometry,
  visit: (plane: number, rows: Span, columns: Span, outputAt: number) => void,
): void {
  const [rowSpans, columnSpans] = [spansOf(geometry, 0), spansOf(geometry, 1)];
  const [height, width] = geometry.inputSize;
  let outputAt = 0;
  for (let plane = 0; plane < geometry.planes; plane++) {
    for (const rows of rowSpans) {
      for (const columns of columnSpans) visit(plane * height * width, rows, columns, outputAt++);
    }
  }
}

export function maxPool2dProgram(kernel: MaxPool2dKernel): Program {
  const width = kernel.inputSize[1];
  const [stepY, stepX] = kernel.window.dilation;
  return ([inputBuffer, outputBuffer, winnerBuffer]) => {
    const input = inputBuffer!.float32;
    forEachWindow(kernel, (plane, rows, columns, outputAt) => {
      let best = -Infinity;
      let winner = -1;
      for (let i = 0; i < rows.count; i++) {
        for (let j = 0; j < columns.count; j++) {
          const position = (rows.first + i * stepY) * width + columns.first + j * stepX;
          const value = input[plane + position]!;
          const isMore = value > best || (Number.isNaN(value) && !Number.isNaN(best));
          if (!isMore && winner !== -1) continue;
          best = value;
          winner = position;
        }
      }
      outputBuffer!.float32[outputAt] = best;
      winnerBuffer!.int32[outputAt] = winner;
    });
  };
}

export function maxPool2dGradientProgram(kernel: MaxPool2dGradientKernel): Program {
  const size = kernel.planes * kernel.inputSize[0] * kernel.inputSize[1];
  return ([gradOutput, winners, gradInput]) => {
    const sums = new Float64Array(size);
    forEachWindow(kernel, (plane, _rows, _columns, outputAt) => {
      const winner = winners!.int32[outputAt]!;
      if (winner !== -1) sums[plane + winner]! += gradOutput!.float32[outputAt]!;
    });
    gradInput!.float32.set(sums);
  };
}

export function avgPool2dProgram(kernel: AvgPool2dKernel): Program {
  const width = kernel.inputSize[1];
  return ([input, output]) => {
    forEachWindow(kernel, (plane, rows, columns, outputAt) => {
      let sum = 0;
      for (let i = 0; i < rows.count; i++) {
        const at = plane + (rows.first + i) * width + columns.first;
        for (let j = 0; j < columns.count; j++) sum += input!.float32[at + j]!;
      }
      output!.float32[outputAt] = sum / places(rows, columns, kernel.countPadding);
    });
  };
}

export function avgPool2dGradientProgram(kernel: AvgPool2dGradientKernel): Program {
  const [height, width] = kernel.inputSize;
  return ([gradOutput, gradInput]) => {
    const sums = new Float64Array(kernel.planes * height * width);
    forEachWindow(kernel, (plane, rows, columns, outputAt) => {
      const share = gradOutput!.float32[outputAt]! / places(rows, columns, kernel.countPadding);
      for (let i = 0; i < rows.count; i++) {
        const at = plane + (rows.first + i) * width + columns.first;
        for (let j = 0; j < columns.count; j++) sums[at + j]! += share;
      }
    });
    gradInput!.float32.set(sums);
  };
}

/** What the sum of a window is divided by. */
function places(rows: Span, columns: Span, countPadding: boolean): number {
  return countPadding ? rows.padded * columns.padded : rows.count * columns.count;
}
