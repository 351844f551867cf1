import { fromTypedArray, full, keep, rand, randn, tidy } from 'azuraforge-core';
import type { Generator, Tensor } from 'azuraforge-core';
import { checkRange } from '../argument.ts';
import { ArgumentError } from '../error.ts';
import { sizeOf } from './shape.ts';

interface Draw {
  /** Default: the one that core's `manualSeed` seeds. */
  generator?: Generator;
}

/** After which activation the weights are: it decides how much is lost on the way. */
export type Nonlinearity = 'linear' | 'sigmoid' | 'tanh' | 'relu' | 'leakyRelu' | 'selu';

export interface KaimingOptions extends Draw {
  /** Whether to keep the size of what goes forward (`fanIn`, the default) or of the gradients (`fanOut`). */
  mode?: 'fanIn' | 'fanOut';
  /** Default `leakyRelu`. */
  nonlinearity?: Nonlinearity;
  /** The slope of leakyRelu below 0. Default 0. */
  a?: number;
}

/** Overwrites a parameter with one number. */
export function constant(parameter: Tensor, value: number): void {
  tidy(() => void parameter.assign(full([], value, { device: parameter.device })));
}

/** Overwrites a parameter with numbers drawn evenly from `low` (default 0) to `high` (default 1). */
export function uniform(
  parameter: Tensor,
  { low = 0, high = 1, generator }: { low?: number; high?: number } & Draw = {},
): void {
  checkRange('uniform: high', high, { above: low });
  const { shape, device } = parameter;
  const width = high - low;
  tidy(() => void parameter.assign(rand(shape, { generator, device }).mul(width).add(low)));
}

/** Overwrites a parameter with normally distributed numbers, by default of mean 0 and standard deviation 1. */
export function normal(
  parameter: Tensor,
  { mean = 0, std = 1, generator }: { mean?: number; std?: number } & Draw = {},
): void {
  checkRange('normal: std', std, { minimum: 0 });
  const { shape, device } = parameter;
  tidy(() => void parameter.assign(randn(shape, { generator, device }).mul(std).add(mean)));
}

/** Glorot and Bengio's (2010), even: within gain · √(6 / (fan-in + fan-out)). For weights of at least two axes. */
export function xavierUniform(
  parameter: Tensor,
  { gain = 1, generator }: { gain?: number } & Draw = {},
): void {
  const { fanIn, fanOut } = fansOf('xavierUniform', parameter);
  const bound = gain * Math.sqrt(6 / (fanIn + fanOut));
  uniform(parameter, { low: -bound, high: bound, generator });
}

/** Glorot and Bengio's (2010), normal: of the deviation gain · √(2 / (fan-in + fan-out)). */
export function xavierNormal(
  parameter: Tensor,
  { gain = 1, generator }: { gain?: number } & Draw = {},
): void {
  const { fanIn, fanOut } = fansOf('xavierNormal', parameter);
  normal(parameter, { std: gain * Math.sqrt(2 / (fanIn + fanOut)), generator });
}

/** He et al.'s (2015), even: within gain · √(3 / fan). For weights of at least two axes. */
export function kaimingUniform(parameter: Tensor, options: KaimingOptions = {}): void {
  const bound = Math.sqrt(3) * kaimingDeviation('kaimingUniform', parameter, options);
  uniform(parameter, { low: -bound, high: bound, generator: options.generator });
}

/** He et al.'s (2015), normal: of the deviation gain / √fan. For weights of at least two axes. */
export function kaimingNormal(parameter: Tensor, options: KaimingOptions = {}): void {
  const std = kaimingDeviation('kaimingNormal', parameter, options);
  normal(parameter, { std, generator: options.generator });
}

/**
 * Saxe et al.'s (2013): a matrix [rows, the product of the other axes] with orthogonal rows, or columns if those are
 * fewer, of the length `gain`. Works on the host, in rows · columns · the smaller of both steps.
 */
export async function orthogonal(
  parameter: Tensor,
  { gain = 1, generator }: { gain?: number } & Draw = {},
): Promise<void> {
  fansOf('orthogonal', parameter);
  const { shape, device } = parameter;
  const [rows, columns] = [shape[0]!, sizeOf(shape.slice(1))];
  const [count, width] = [Math.min(rows, columns), Math.max(rows, columns)];
  using drawn = keep(randn([count, width], { generator, device }));
  const vectors = orthonormal(Float64Array.from(await drawn.data()), count, width);
  const matrix = Float32Array.from({ length: rows * columns }, (_, at) => {
    const [row, column] = [Math.floor(at / columns), at % columns];
    return gain * (rows <= columns ? vectors[row * width + column]! : vectors[column * width + row]!);
  });
  tidy(() => void parameter.assign(fromTypedArray(matrix, shape, { device })));
}

/** The vectors of `width` numbers each, made orthogonal and of length 1 in turn (modified Gram-Schmidt). */
function orthonormal(vectors: Float64Array, count: number, width: number): Float64Array {
  for (let i = 0; i < count; i++) {
    const own = vectors.subarray(i * width, (i + 1) * width);
    for (let j = 0; j < i; j++) {
      const earlier = vectors.subarray(j * width, (j + 1) * width);
      const overlap = own.reduce((sum, value, at) => sum + value * earlier[at]!, 0);
      for (const [at, value] of earlier.entries()) own[at]! -= overlap * value;
    }
    const length = Math.sqrt(own.reduce((sum, value) => sum + value ** 2, 0));
    for (const [at, value] of own.entries()) own[at] = value / length;
  }
  return vectors;
}

function kaimingDeviation(
  name: string,
  parameter: Tensor,
  { mode = 'fanIn', nonlinearity = 'leakyRelu', a = 0 }: KaimingOptions,
): number {
  return gainAfter(nonlinearity, a) / Math.sqrt(fansOf(name, parameter)[mode]);
}

/** What to multiply weights by so that an activation behind them keeps the size of its inputs (torch's calculate_gain). */
export function gainAfter(nonlinearity: Nonlinearity, slope = 0.01): number {
  if (nonlinearity === 'tanh') return 5 / 3;
  if (nonlinearity === 'relu') return Math.SQRT2;
  if (nonlinearity === 'leakyRelu') return Math.sqrt(2 / (1 + slope ** 2));
  if (nonlinearity === 'selu') return 3 / 4;
  return 1;
}

/** How many inputs each output of [out, in, window...] is made of, and how many outputs each input goes to. */
function fansOf(name: string, { shape }: Tensor): { fanIn: number; fanOut: number } {
  if (shape.length < 2) {
    throw new ArgumentError(
      `${name} takes weights [out, in, ...] and was given the shape [${shape.join(', ')}].`,
    );
  }
  const window = sizeOf(shape.slice(2));
  return { fanIn: shape[1]! * window, fanOut: shape[0]! * window };
}
