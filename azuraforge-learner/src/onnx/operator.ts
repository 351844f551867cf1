import type { Tensor } from 'azuraforge-core';
import { isHost, upload } from './host-array.ts';
import type { Held, HostArray } from './host-array.ts';
import type { OnnxNode } from './node.ts';

/** What one node is given. */
export class Operands {
  readonly node: OnnxNode;
  readonly held: readonly (Held | null)[];
  readonly #device: string | undefined;

  constructor(node: OnnxNode, held: readonly (Held | null)[], device: string | undefined) {
    this.node = node;
    this.held = held;
    this.#device = device;
  }

  has(at: number): boolean {
    return (this.held[at] ?? null) !== null;
  }

  tensor(at: number): Tensor {
    return this.optional(at) ?? this.#missing(at);
  }

  optional(at: number): Tensor | null {
    const held = this.held[at] ?? null;
    return held && isHost(held) ? upload(held, this.#device) : held;
  }

  tensors(): Tensor[] {
    return this.held.map((_, at) => this.tensor(at));
  }

  /** Numbers that must be known without asking the device. */
  host(at: number): HostArray {
    const held = this.held[at] ?? this.#missing(at);
    if (isHost(held)) return held;
    throw this.node.error(
      `takes as its input ${at + 1} numbers that are calculated from data; only constants and what is calculated from shapes can be imported there. Export the model with fixed ones.`,
    );
  }

  ints(at: number): number[] {
    return [...this.host(at).values];
  }

  /** A constant of one value, or the default for an input that is left out. */
  number(at: number, missing: number): number {
    return this.has(at) ? this.host(at).values[0]! : missing;
  }

  #missing(at: number): never {
    throw this.node.error(`lacks its input ${at + 1}: the file is damaged.`);
  }
}

export interface Operator {
  /** The attributes that `run` heeds; a node with another one is refused when the file is read. */
  attributes: readonly string[];
  run(operands: Operands, node: OnnxNode): Held | readonly Held[];
}

export type Operators = Readonly<Record<string, Operator>>;

export function operator(attributes: readonly string[], run: Operator['run']): Operator {
  return { attributes, run };
}

/** An axis that may count from the end. */
export function axisOf(node: OnnxNode, axis: number, rank: number): number {
  const counted = axis < 0 ? axis + rank : axis;
  if (Number.isInteger(counted) && counted >= 0 && counted < Math.max(rank, 1)) return counted;
  throw node.error(`works along the axis ${axis} of an input with ${rank}: the file is damaged.`);
}
