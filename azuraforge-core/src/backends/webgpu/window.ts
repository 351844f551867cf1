import type { Window2d } from '../../kernel.ts';
import type { Shader } from './program.ts';

/** What convolution and pooling have in common: a window that moves over planes. */
interface WindowGeometry {
  readonly inputSize: readonly [number, number];
  readonly outputSize: readonly [number, number];
  readonly window: Window2d;
}

/** The sizes of planes and window, and those of `others`, as constants of a shader, all i32. */
export function declareSizes(
  shader: Shader,
  { inputSize, outputSize, window }: WindowGeometry,
  others: Readonly<Record<string, number>> = {},
): string[] {
  const sizes = {
    ...others,
    height: inputSize[0],
    width: inputSize[1],
    out_height: outputSize[0],
    out_width: outputSize[1],
    window_height: window.size[0],
    window_width: window.size[1],
    stride_y: window.stride[0],
    stride_x: window.stride[1],
    padding_y: window.padding[0],
    padding_x: window.padding[1],
    dilation_y: window.dilation[0],
    dilation_x: window.dilation[1],
  };
  return Object.entries(sizes).map(([name, value]) => `let ${name} = ${shader.int(value)};`);
}
