import type { AttentionBackwardKernel, AttentionForwardKernel } from '../../kernel.ts';
import { ELEMENT_BYTES } from './elementwise.ts';
import type { MatrixView, PackedMatrix } from './gemm.ts';
import { packedBytes } from './gemm.ts';
import type { Machine } from './machine.ts';
import type { Program } from './program.ts';
import type { MaskBlock } from './scores.ts';
import { Scores } from './scores.ts';

type AttentionKernel = AttentionForwardKernel | AttentionBackwardKernel;

/** Queries whose scores are held at a time. */
const BLOCK_QUERIES = 64;
/** Keys that are multiplied at a time; of a causal block, those after its last query are left out. */
const BLOCK_KEYS = 128;

interface Range {
  readonly start: number;
  readonly count: number;
}

/** 0 to `length`, cut into blocks. */
function blocksOf(length: number, size: number): Range[] {
  return Array.from({ length: Math.ceil(length / size) }, (_, i) => ({
    start: i * size,
    count: Math.min(size, length - i * size),
  }));
}

/** Row-major rows of `width` numbers from row `start` on. */
function rowsFrom(pointer: number, width: number, start: number): MatrixView {
  return { pointer: pointer + start * width * ELEMENT_BYTES, rowStride: width, columnStride: 1 };
}

function turned({ pointer, rowStride, columnStride }: MatrixView): MatrixView {
  return { pointer, rowStride: columnStride, columnStride: rowStride };
}

/** Hands out parts of a stretch of scratch memory, one after the other. */
class Parts {
  #next: number;

  constructor(pointer: number) {
    this.#next = pointer;
  }

  take(byteLength: number): number {
    const pointer = this.#next;
    this.#next += byteLength;
    return pointer;
  }
}

/** What both ways need of a kernel, head by head and block by block. */
class Heads {
  readonly kernel: AttentionKernel;
  readonly scores: Scores;
  readonly queryBlocks: readonly Range[];
  readonly keyBlocks: readonly Range[];
  readonly count: number;

  constructor(machine: Machine, kernel: AttentionKernel) {
    this.kernel = kernel;
    this.scores = new Scores(machine, kernel.mask?.strides[3] ?? null);
    this.queryBlocks = blocksOf(kernel.queries, BLOCK_QUERIES);
    this.keyBlocks = blocksOf(kernel.keys, BLOCK_KEYS);
    this.count = kernel.batch * kernel.heads;
  }

  /** Where matrix `head` of a stack of rows×width starts. */
  start(pointer: number, head: number, rows: number, width: number): number {
    return pointer + head * rows * width * ELEMENT_BYTES;
  }

  /** The blocks of keys of which the queries see any. */
  visibleBlocks(queries: Range): readonly Range[] {
    const end = this.kernel.causal ? queries.start + queries.count : Infinity;
    return this.keyBlocks.filter(({ start }) => start < end);
  }

  /** How many keys the rows of a block see, as `ScoreBlock` has it. */
  sight(queries: Range, keys: Range): { readonly visible: number; readonly growth: 0 | 1 } {
    return this.kernel.causal
      ? { visible: queries.start + 1 - keys.start, growth: 1 }
      : { visible: keys.count, growth: 0 };
  }

  mask(pointer: number, head: number, queries: Range, keys: Range): MaskBlock | null {
    const { mask, heads } = this.kernel;
    if (mask === null) return null;
    const [perBatch, perHead, rowStride, keyStride] = mask.strides as [number, number, number, number];
    const outer = Math.floor(head / heads) * perBatch + (head % heads) * perHead;
    const at = mask.offset + outer + queries.start * rowStride + keys.start * keyStride;
    return { pointer: pointer + at * ELEMENT_BYTES, rowStride, keyStride };
  }
}

/** The scores of a block of queries stay in scratch memory, from their products to the weighted sum of the values. */
export function attentionForwardProgram(machine: Machine, kernel: AttentionForwardKernel): Program {
  const { queries, keys, width, valueWidth, scale } = kernel;
  const heads = new Heads(machine, kernel);
  const { keyBlocks } = heads;
  const blockLength = Math.min(BLOCK_KEYS, keys);
  const keyBytes = packedBytes(width, blockLength);
  const valueBytes = packedBytes(blockLength, valueWidth);
  const scoreBytes = Math.min(BLOCK_QUERIES, queries) * keys * ELEMENT_BYTES;
  return (pointers) => {
    const { gemm } = machine;
    const [output, logsumexp] = pointers.slice(-2) as [number, number];
    machine.withScratch(keyBlocks.length * (keyBytes + valueBytes) + scoreBytes, (scratch) => {
      const parts = new Parts(scratch);
      const block = parts.take(scoreBytes);
      const keyAt = keyBlocks.map(() => parts.take(keyBytes));
      const valueAt = keyBlocks.map(() => parts.take(valueBytes));
      for (let head = 0; head < heads.count; head++) {
        const query = heads.start(pointers[0]!, head, queries, width);
        const key = heads.start(pointers[1]!, head, keys, width);
        const value = heads.start(pointers[2]!, head, keys, valueWidth);
        const [packedKeys, packedValues]: PackedMatrix[][] = [[], []];
        for (const [i, { start, count }] of keyBlocks.entries()) {
          const rows = turned(rowsFrom(key, width, start));
          packedKeys!.push(gemm.packRight(rows, width, count, keyAt[i]!));
          packedValues!.push(
            gemm.packRight(rowsFrom(value, valueWidth, start), count, valueWidth, valueAt[i]!),
          );
        }
        for (const range of heads.queryBlocks) {
          const visible = heads.visibleBlocks(range);
          const seen = { start: 0, count: visible.at(-1)!.start + visible.at(-1)!.count };
          const left = rowsFrom(query, width, range.start);
          const first = head * queries + range.start;
          for (const [i, { start }] of visible.entries()) {
            const target = { pointer: block + start * ELEMENT_BYTES, rowStride: keys };
            gemm.multiply(target, left, packedKeys![i]!, range.count, false);
          }
          heads.scores.softmax(
            {
              rows: range.count,
              keys: seen.count,
              pointer: block,
              rowStride: keys,
              ...heads.sight(range, seen),
              scale,
            },
            heads.mask(pointers[3]!, head, range, seen),
            logsumexp + first * ELEMENT_BYTES,
          );
          const target = { pointer: output + first * valueWidth * ELEMENT_BYTES, rowStride: valueWidth };
          for (const [i, { start }] of visible.entries()) {
            const weights = { pointer: block + start * ELEMENT_BYTES, rowStride: keys, columnStride: 1 };
            gemm.multiply(target, weights, packedValues![i]!, range.count, i > 0);
          }
        }
      }
    });
  };
}

/** Makes the weights again, block by block; every gradient is a product with them or with the gradients of the scores. */
export function attentionBackwardProgram(machine: Machine, kernel: AttentionBackwardKernel): Program {
  const { queries, keys, width, valueWidth, scale } = kernel;
  const heads = new Heads(machine, kernel);
  const { keyBlocks } = heads;
  const rows = Math.min(BLOCK_QUERIES, queries);
  const columns = Math.min(BLOCK_KEYS, keys);
  const perKeyBlock = [
    packedBytes(width, columns),
    packedBytes(valueWidth, columns),
    packedBytes(columns, width),
  ];
  const perQueryBlock = [packedBytes(rows, width), packedBytes(rows, valueWidth)];
  const blockBytes = rows * columns * ELEMENT_BYTES;
  const once = 2 * blockBytes + rows * ELEMENT_BYTES + perQueryBlock[0]! + perQueryBlock[1]!;
  const perBlock = perKeyBlock.reduce((a, b) => a + b);
  return (pointers) => {
    const { gemm } = machine;
    const [output, logsumexp, gradOutput, gradQuery, gradKey, gradValue] = pointers.slice(-6) as number[];
    machine.withScratch(once + keyBlocks.length * perBlock, (scratch) => {
      const parts = new Parts(scratch);
      const [weights, slopes] = [parts.take(blockBytes), parts.take(blockBytes)];
      const levels = parts.take(rows * ELEMENT_BYTES);
      const [queryAt, gradOutputAt] = perQueryBlock.map((bytes) => parts.take(bytes)) as [number, number];
      const packedAt = keyBlocks.map(() => perKeyBlock.map((bytes) => parts.take(bytes)));
      const { bytes } = machine.heap;
      bytes.fill(0, gradKey!, gradKey! + heads.count * keys * width * ELEMENT_BYTES);
      bytes.fill(0, gradValue!, gradValue! + heads.count * keys * valueWidth * ELEMENT_BYTES);
      for (let head = 0; head < heads.count; head++) {
        const at = (pointer: number, count: number, size: number): number =>
          heads.start(pointer, head, count, size);
        const [key, value] = [at(pointers[1]!, keys, width), at(pointers[2]!, keys, valueWidth)];
        const packed = keyBlocks.map(({ start, count }, i) => {
          const keyRows = rowsFrom(key, width, start);
          const [turnedKeys, turnedValues, plainKeys] = packedAt[i]! as [number, number, number];
          return {
            turnedKeys: gemm.packRight(turned(keyRows), width, count, turnedKeys),
            turnedValues: gemm.packRight(
              turned(rowsFrom(value, valueWidth, start)),
              valueWidth,
              count,
              turnedValues,
            ),
            keys: gemm.packRight(keyRows, count, width, plainKeys),
          };
        });
        for (const range of heads.queryBlocks) {
          const { start: from, count } = range;
          const first = head * queries + from;
          const queryRows = rowsFrom(pointers[0]!, width, first);
          const gradRows = rowsFrom(gradOutput!, valueWidth, first);
          const outputRows = rowsFrom(output!, valueWidth, first);
          const packedQuery = gemm.packRight(queryRows, count, width, queryAt);
          const packedGrad = gemm.packRight(gradRows, count, valueWidth, gradOutputAt);
          heads.scores.dot(count, valueWidth, outputRows.pointer, gradRows.pointer, levels);
          for (const [i, keyRange] of heads.visibleBlocks(range).entries()) {
            const rowStride = keyRange.count;
            gemm.multiply({ pointer: weights, rowStride }, queryRows, packed[i]!.turnedKeys, count, false);
            gemm.multiply({ pointer: slopes, rowStride }, gradRows, packed[i]!.turnedValues, count, false);
            heads.scores.slopes(
              {
                rows: count,
                keys: keyRange.count,
                pointer: weights,
                rowStride,
                ...heads.sight(range, keyRange),
                scale,
              },
              heads.mask(pointers[3]!, head, range, keyRange),
              slopes,
              logsumexp! + first * ELEMENT_BYTES,
              levels,
            );
            const weightRows = { pointer: weights, rowStride, columnStride: 1 };
            const slopeRows = { pointer: slopes, rowStride, columnStride: 1 };
            const keyRow = head * keys + keyRange.start;
            gemm.multiply(rowsFrom(gradQuery!, width, first), slopeRows, packed[i]!.keys, count, i > 0);
            gemm.multiply(
              rowsFrom(gradKey!, width, keyRow),
              turned(slopeRows),
              packedQuery,
              keyRange.count,
              true,
            );
            gemm.multiply(
              rowsFrom(gradValue!, valueWidth, keyRow),
              turned(weightRows),
              packedGrad,
              keyRange.count,
              true,
            );
          }
        }
      }
    });
  };
}
