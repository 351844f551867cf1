import { decodeMuLaw, MU_LAW_CODES, muLawEdges } from '../data/mu-law.ts';
import { minimize } from './minimize.ts';
import { spreadBlocks } from './spread-blocks.ts';

/** Samples before, from which the next one is foretold. */
const ORDER = 24;
/** Codes that the spread is tuned on, from all over; more would take long and change little. */
const TUNED = 40_000;
/** Of all codes evenly, so that none is impossible. */
const EVEN = 1e-4;
/** Keeps the equations solvable where the signal is very smooth. */
const NOISE = 1e-9;

/** How far samples lie from what was foretold: a Laplace distribution whose width follows the latest errors. */
interface Spread {
  /** How slowly it forgets, below 1. */
  memory: number;
  /** Width for a mean error of 1. */
  factor: number;
  /** ln of the least width. */
  least: number;
}

/**
 * Linear prediction with an adaptive spread: each sample is a weighted sum of those before it, weights by the
 * Levinson-Durbin recursion over the whole training part (Makhoul, 1975), plus an error as large as the latest ones were.
 * The baseline of audio models. A lossless codec fits weights anew to each short frame; these are the same for all.
 */
export class LinearPrediction {
  readonly weights: Float64Array;
  readonly #edges = muLawEdges();
  #spread: Spread = { memory: 0.9, factor: 1, least: Math.log(1e-3) };

  /** Learns the weights from mu-law codes. */
  constructor(codes: Int32Array) {
    this.weights = levinsonDurbin(autocorrelation(decodeMuLaw(codes), ORDER));
  }

  /** Chooses the spread with which the loss on `codes` is smallest. Throws CancelledError when the signal is aborted. */
  async tune(codes: Int32Array, signal?: AbortSignal): Promise<this> {
    const parts = spreadBlocks(codes, TUNED).map((part) => {
      return { part, foretold: this.#foretell(decodeMuLaw(part)) };
    });
    const cost = (point: readonly number[]): number =>
      parts.reduce(
        (total, { part, foretold }) =>
          this.#losses(part, foretold, spreadOf(point)).reduce((sum, loss) => sum + loss, total),
        0,
      );
    const { memory, factor, least } = this.#spread;
    const bounds = { low: [0.5, 0.1, -12], high: [0.999, 4, -1] };
    const best = await minimize(cost, [memory, factor, least], {
      low: (index) => bounds.low[index]!,
      high: (index) => bounds.high[index]!,
      signal,
    });
    this.#spread = spreadOf(best);
    return this;
  }

  /** −ln of the probability of each code but the first, in nats. */
  losses(codes: Int32Array): Float64Array {
    return this.#losses(codes, this.#foretell(decodeMuLaw(codes)), this.#spread);
  }

  /** Each sample from those before it. */
  #foretell(samples: Float32Array): Float64Array {
    return Float64Array.from(samples, (_, at) => {
      let sum = 0;
      for (let back = 1; back <= Math.min(at, ORDER); back += 1)
        sum += this.weights[back - 1]! * samples[at - back]!;
      return sum;
    });
  }

  #losses(codes: Int32Array, foretold: Float64Array, { memory, factor, least }: Spread): Float64Array {
    const samples = decodeMuLaw(codes);
    const losses = new Float64Array(codes.length - 1);
    const floor = Math.exp(least);
    let error = 0;
    for (let at = 1; at < codes.length; at += 1) {
      error = memory * error + (1 - memory) * Math.abs(samples[at - 1]! - foretold[at - 1]!);
      const width = factor * error + floor;
      const below = (edge: number): number => laplaceShare((edge - foretold[at]!) / width);
      const share = below(this.#edges[codes[at]! + 1]!) - below(this.#edges[codes[at]!]!);
      losses[at - 1] = -Math.log((1 - EVEN) * share + EVEN / MU_LAW_CODES);
    }
    return losses;
  }
}

function spreadOf([memory, factor, least]: readonly number[]): Spread {
  return { memory: memory!, factor: factor!, least: least! };
}

/** The share of a Laplace distribution of width 1 below `value`. */
function laplaceShare(value: number): number {
  return value < 0 ? Math.exp(value) / 2 : 1 - Math.exp(-value) / 2;
}

function autocorrelation(samples: Float32Array, order: number): Float64Array {
  return Float64Array.from({ length: order + 1 }, (_, lag) => {
    let sum = 0;
    for (let at = lag; at < samples.length; at += 1) sum += samples[at]! * samples[at - lag]!;
    return lag === 0 ? sum * (1 + NOISE) : sum;
  });
}

/** The weights of the samples 1, 2, … before that leave the smallest squared error. */
function levinsonDurbin(correlation: Float64Array): Float64Array {
  const order = correlation.length - 1;
  let weights = new Float64Array(order);
  let error = correlation[0]!;
  for (let size = 0; size < order && error > 0; size += 1) {
    let rest = correlation[size + 1]!;
    for (let at = 0; at < size; at += 1) rest -= weights[at]! * correlation[size - at]!;
    const reflection = rest / error;
    const before = weights;
    weights = before.slice();
    weights[size] = reflection;
    for (let at = 0; at < size; at += 1) weights[at] = before[at]! - reflection * before[size - 1 - at]!;
    error *= 1 - reflection * reflection;
  }
  return weights;
}
