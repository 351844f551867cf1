import type { Operand } from '../../kernel.ts';
import type { Shape } from '../../shape.ts';

/**
 * Walks over a strided operand in row-major order, in runs along its innermost axis. Neighbouring axes that lie together
 * in memory are merged first, so a contiguous operand is a single run.
 */
export class StridedWalk {
  /** Position of the first element of the run that `take` returned. */
  position = 0;
  /** Distance between two elements within a run. */
  readonly stride: number;
  readonly #lengths: number[] = [];
  readonly #strides: number[] = [];
  readonly #indices: number[];
  readonly #offset: number;
  readonly #inner: number;
  #used = 0;
  #start: number;

  constructor(shape: Shape, operand: Operand) {
    for (const [axis, length] of shape.entries()) {
      if (length === 1) continue;
      const stride = operand.strides[axis]!;
      const last = this.#lengths.length - 1;
      if (last >= 0 && this.#strides[last] === length * stride) {
        this.#lengths[last]! *= length;
        this.#strides[last] = stride;
      } else {
        this.#lengths.push(length);
        this.#strides.push(stride);
      }
    }
    this.#inner = this.#lengths.pop() ?? 1;
    this.stride = this.#strides.pop() ?? 0;
    this.#indices = this.#lengths.map(() => 0);
    this.#offset = operand.offset;
    this.#start = operand.offset;
  }

  /** Goes back to the first element. */
  rewind(): void {
    this.#indices.fill(0);
    this.#used = 0;
    this.#start = this.#offset;
  }

  /** Steps over at most `limit` elements that lie on one run; returns how many, and leaves their start in `position`. */
  take(limit: number): number {
    if (this.#used === this.#inner) this.#advance();
    this.position = this.#start + this.#used * this.stride;
    const count = Math.min(limit, this.#inner - this.#used);
    this.#used += count;
    return count;
  }

  #advance(): void {
    this.#used = 0;
    const indices = this.#indices;
    for (let axis = indices.length - 1; axis >= 0; axis--) {
      const index = indices[axis]! + 1;
      if (index < this.#lengths[axis]!) {
        indices[axis] = index;
        this.#start += this.#strides[axis]!;
        return;
      }
      indices[axis] = 0;
      this.#start -= (index - 1) * this.#strides[axis]!;
    }
  }
}
