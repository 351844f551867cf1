import type { Machine } from './machine.ts';

/** A cache line. */
const ALIGNMENT = 64;

/** How a program divides the memory that it works in. Places are byte distances from its start. */
export class ScratchPlan {
  readonly #tables: { readonly at: number; readonly words: Int32Array }[] = [];
  #byteLength = 0;

  reserve(byteLength: number): number {
    const at = this.#byteLength;
    this.#byteLength += Math.ceil(byteLength / ALIGNMENT) * ALIGNMENT;
    return at;
  }

  /** A place that holds these words at the start of every run. */
  table(words: Int32Array): number {
    const at = this.reserve(words.byteLength);
    this.#tables.push({ at, words });
    return at;
  }

  run(machine: Machine, work: (base: number) => void): void {
    machine.withScratch(this.#byteLength, (base) => {
      const memory = new Int32Array(machine.heap.bytes.buffer);
      for (const { at, words } of this.#tables) memory.set(words, (base + at) / words.BYTES_PER_ELEMENT);
      work(base);
    });
  }
}
