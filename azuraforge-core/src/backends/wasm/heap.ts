import { TensorError } from '../../error.ts';

const PAGE = 65_536;
/** 4 GiB, all that a 32-bit address reaches. */
const MAX_PAGES = 65_536;
/** A cache line; every block starts on one. */
const ALIGNMENT = 64;

/** A stretch of the heap. Blocks tile it without gaps, and know their neighbours. */
interface Block {
  pointer: number;
  length: number;
  isFree: boolean;
  before: Block | null;
  after: Block | null;
}

/**
 * The memory of one device: blocks in one WebAssembly.Memory. Free blocks are merged with their neighbours and kept by
 * power of two, the smallest that fits is taken, and the memory grows only when none does. Address 0 is never handed out.
 */
export class Heap {
  readonly memory: WebAssembly.Memory;
  readonly #maxPages: number;
  /** Free blocks of at least 2^i bytes and less than 2^(i+1), at index i. */
  readonly #bins: Set<Block>[] = Array.from({ length: 33 }, () => new Set());
  readonly #used = new Map<number, Block>();
  #last: Block;
  #bytes: Uint8Array;

  /** `shared`: between threads. */
  constructor(maxPages = MAX_PAGES, shared = false) {
    this.#maxPages = maxPages;
    this.memory = new WebAssembly.Memory({ initial: 1, maximum: maxPages, shared });
    this.#bytes = new Uint8Array(this.memory.buffer);
    const reserved: Block = { pointer: 0, length: ALIGNMENT, isFree: false, before: null, after: null };
    this.#last = reserved;
    this.#append(PAGE - ALIGNMENT);
  }

  /** The whole memory. Growth detaches older views or leaves them short, so ask anew after every `allocate`. */
  get bytes(): Uint8Array {
    if (this.#bytes.buffer !== this.memory.buffer) {
      this.#bytes = new Uint8Array(this.memory.buffer);
    }
    return this.#bytes;
  }

  /** The address of `byteLength` bytes with undefined content, a multiple of 64. */
  allocate(byteLength: number): number {
    const length = Math.max(1, Math.ceil(byteLength / ALIGNMENT)) * ALIGNMENT;
    let block = this.#find(length);
    if (block === null) {
      this.#grow(length);
      block = this.#find(length)!;
    }
    this.#bins[binOf(block.length)]!.delete(block);
    block.isFree = false;
    if (block.length > length) this.#split(block, length);
    this.#used.set(block.pointer, block);
    return block.pointer;
  }

  free(pointer: number): void {
    const block = this.#used.get(pointer)!;
    this.#used.delete(pointer);
    this.#release(block);
  }

  #find(length: number): Block | null {
    if (length > this.memory.buffer.byteLength) return null;
    const first = binOf(length);
    let best: Block | null = null;
    for (const block of this.#bins[first]!) {
      if (block.length >= length && (best === null || block.length < best.length)) best = block;
    }
    for (let bin = first + 1; best === null && bin < this.#bins.length; bin++) {
      for (const block of this.#bins[bin]!) if (best === null || block.length < best.length) best = block;
    }
    return best;
  }

  #split(block: Block, length: number): void {
    const rest: Block = {
      pointer: block.pointer + length,
      length: block.length - length,
      isFree: true,
      before: block,
      after: block.after,
    };
    if (block.after === null) this.#last = rest;
    else block.after.before = rest;
    block.after = rest;
    block.length = length;
    this.#bins[binOf(rest.length)]!.add(rest);
  }

  #release(block: Block): void {
    block.isFree = true;
    if (block.after?.isFree) this.#absorb(block, block.after);
    if (block.before?.isFree) {
      const { before } = block;
      this.#bins[binOf(before.length)]!.delete(before);
      this.#join(before, block);
      this.#bins[binOf(before.length)]!.add(before);
    } else {
      this.#bins[binOf(block.length)]!.add(block);
    }
  }

  #absorb(block: Block, after: Block): void {
    this.#bins[binOf(after.length)]!.delete(after);
    this.#join(block, after);
  }

  #join(block: Block, after: Block): void {
    block.length += after.length;
    block.after = after.after;
    if (after.after === null) this.#last = block;
    else after.after.before = block;
  }

  /** Makes room for a block of `length` bytes at the end, at least an eighth more than there was. */
  #grow(length: number): void {
    const now = this.memory.buffer.byteLength / PAGE;
    const atEnd = this.#last.isFree ? this.#last.length : 0;
    const needed = Math.ceil((length - atEnd) / PAGE);
    const wanted = Math.min(Math.max(needed, Math.ceil(now / 8)), this.#maxPages - now);
    for (const pages of wanted > needed ? [wanted, needed] : [needed]) {
      try {
        this.memory.grow(pages);
      } catch {
        continue;
      }
      this.#append(pages * PAGE);
      return;
    }
    throw new TensorError(
      'OUT_OF_MEMORY',
      `${length} bytes were asked for, but the memory of ${now * PAGE} bytes has no such gap and cannot grow by ${needed * PAGE}`,
      { details: { asked: length, heap: now * PAGE } },
    );
  }

  /** New memory behind the last block. */
  #append(length: number): void {
    const { pointer, length: lastLength } = this.#last;
    const block: Block = {
      pointer: pointer + lastLength,
      length,
      isFree: false,
      before: this.#last,
      after: null,
    };
    this.#last.after = block;
    this.#last = block;
    this.#release(block);
  }
}

function binOf(length: number): number {
  return 31 - Math.clz32(length);
}
