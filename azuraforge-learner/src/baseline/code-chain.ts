/** How often a code counts, of those of the whole text, beside what followed the code before it. */
const WEIGHTS = [1, 4, 16, 64, 256, 1024];

/** How common codes are, and which follow which: what can be said of a signal without a model of it. */
export class CodeChain {
  readonly #codes: number;
  readonly #shares: Float64Array;
  readonly #pairs: Float64Array;
  readonly #totals: Float64Array;
  #weight = WEIGHTS[2]!;

  /** `codes` from 0 up to but not including `count`. */
  constructor(codes: Int32Array, count: number) {
    this.#codes = count;
    this.#shares = new Float64Array(count).fill(1 / (codes.length + count));
    this.#pairs = new Float64Array(count * count);
    this.#totals = new Float64Array(count);
    for (const [at, code] of codes.entries()) {
      this.#shares[code]! += 1 / (codes.length + count);
      if (at === 0) continue;
      this.#pairs[codes[at - 1]! * count + code]! += 1;
      this.#totals[codes[at - 1]!]! += 1;
    }
  }

  /** Chooses how much pairs count beside single codes, so that the loss on `codes` is smallest. */
  tune(codes: Int32Array): this {
    const lossWith = (weight: number): number => {
      this.#weight = weight;
      return this.pairLosses(codes).reduce((sum, loss) => sum + loss, 0);
    };
    const losses = WEIGHTS.map(lossWith);
    this.#weight = WEIGHTS[losses.indexOf(Math.min(...losses))]!;
    return this;
  }

  /** −ln of the share of each code but the first, in nats. */
  singleLosses(codes: Int32Array): Float64Array {
    return Float64Array.from(codes.subarray(1), (code) => -Math.log(this.#shares[code]!));
  }

  /** −ln of the probability of each code but the first after the one before it, in nats. */
  pairLosses(codes: Int32Array): Float64Array {
    return Float64Array.from(codes.subarray(1), (code, at) => {
      const before = codes[at]!;
      const prior = this.#weight * this.#shares[code]!;
      const pairs = this.#pairs[before * this.#codes + code]!;
      return -Math.log((pairs + prior) / (this.#totals[before]! + this.#weight));
    });
  }
}
