import { TensorError } from '../../error.ts';
import type { GatherKernel, Operand, ScatterAddKernel } from '../../kernel.ts';
import type { Shape } from '../../shape.ts';
import { contiguousStrides, sizeOf } from '../../shape.ts';
import type { FunctionBuilder, Local } from './assembler.ts';
import { ELEMENT_BYTES } from './elementwise.ts';
import type { Code } from './instruction.ts';
import { doWhile, f32, f64, i32, ifElse, returnValue } from './instruction.ts';
import type { Machine } from './machine.ts';
import type { Cursor } from './nest.ts';
import { cursorsOf, emitNest, nestParameters, planLoops } from './nest.ts';
import type { Program } from './program.ts';

const TOTAL_BYTES = 8;

/** An operand's strides without that along `axis`, which the index replaces. */
function withoutAxis(strides: readonly number[], axis: number): number[] {
  return strides.map((stride, i) => (i === axis ? 0 : stride));
}

interface Indexed {
  readonly kind: 'gather' | 'scatterAdd';
  readonly shape: Shape;
  /** The index, then what is read, then what is written; strides in elements. */
  readonly walks: readonly { readonly strides: readonly number[]; readonly elementBytes: number }[];
  body(cursors: readonly Cursor[], shift: Code): Code;
}

/**
 * A function over the loops of `walks`, then the axis' length and its stride in bytes. `body` gets the index times the
 * stride. Returns 0, or the address of an index that lies outside.
 */
function indexedFunction(machine: Machine, { kind, shape, walks, body }: Indexed) {
  const plan = planLoops(shape, walks);
  const { rank, steps } = plan;
  const native = machine.module(JSON.stringify([kind, rank, steps]), (builder) => {
    builder.define(
      [...nestParameters(rank, walks.length), 'i32', 'i32'],
      ['i32'],
      (f: FunctionBuilder) => {
        const [length, stride] = f.parameters.slice(-2) as Local[];
        const cursors = cursorsOf(
          f,
          rank,
          walks.map(({ elementBytes }, i) => ({ step: steps[i]!, elementBytes })),
        );
        const index = f.local('i32');
        const place = cursors[0]!.pointer.get;
        const inner = (): Code => [
          index.set(i32.load(place)),
          ifElse(i32.geU(index.get, length!.get), returnValue(place)),
          body(cursors, i32.mul(index.get, stride!.get)),
        ];
        return [emitNest(f, { rank, cursors, body: inner, isVector: false }), i32.const(0)];
      },
      'run',
    );
  });
  return (pointers: readonly number[], length: number, stride: number): void => {
    const args = plan.args.slice();
    for (const [i, pointer] of pointers.entries()) args[plan.pointerAt[i]!] = pointer;
    const wrong = native.run!(...args, length, stride) >>> 0;
    if (wrong === 0) return;
    const { buffer } = machine.heap.bytes;
    const index = new Int32Array(buffer)[wrong / ELEMENT_BYTES]!;
    throw new TensorError('INDEX_OUT_OF_RANGE', `index ${index} is outside an axis of length ${length}`, {
      op: 'gather',
      details: { index, length },
    });
  };
}

function at(pointer: number, operand: Operand): number {
  return pointer + operand.offset * ELEMENT_BYTES;
}

export function gatherProgram(machine: Machine, kernel: GatherKernel): Program {
  const { shape, axis, length, source, index } = kernel;
  const run = indexedFunction(machine, {
    kind: 'gather',
    shape,
    walks: [index.strides, withoutAxis(source.strides, axis), contiguousStrides(shape)].map((strides) => ({
      strides,
      elementBytes: ELEMENT_BYTES,
    })),
    body: ([, from, to], shift) => i32.store(to!.pointer.get, i32.load(i32.add(from!.pointer.get, shift))),
  });
  return ([sourceAt, indexAt, output]) =>
    run([at(indexAt!, index), at(sourceAt!, source), output!], length, source.strides[axis]! * ELEMENT_BYTES);
}

/** Sums are kept as doubles until the end. */
export function scatterAddProgram(machine: Machine, kernel: ScatterAddKernel): Program {
  const { shape, axis, outputShape, source, index } = kernel;
  const strides = contiguousStrides(outputShape);
  const size = sizeOf(outputShape);
  const run = indexedFunction(machine, {
    kind: 'scatterAdd',
    shape,
    walks: [
      { strides: index.strides, elementBytes: ELEMENT_BYTES },
      { strides: source.strides, elementBytes: ELEMENT_BYTES },
      { strides: withoutAxis(strides, axis), elementBytes: TOTAL_BYTES },
    ],
    body: ([, from, to], shift) => {
      const target = i32.add(to!.pointer.get, shift);
      return f64.store(target, f64.add(f64.load(target), f64.promoteF32(f32.load(from!.pointer.get))));
    },
  });
  const { round } = machine.module('scatterAdd totals', (builder) => {
    builder.define(
      ['i32', 'i32', 'i32'],
      [],
      (_, from, to, count) =>
        doWhile(
          [
            f32.store(to!.get, f32.demoteF64(f64.load(from!.get))),
            from!.increase(i32.const(TOTAL_BYTES)),
            to!.increase(i32.const(ELEMENT_BYTES)),
            count!.decrease(i32.const(1)),
          ],
          count!.get,
        ),
      'round',
    );
  });
  return ([sourceAt, indexAt, output]) => {
    machine.withScratch(size * TOTAL_BYTES, (totals) => {
      machine.heap.bytes.fill(0, totals, totals + size * TOTAL_BYTES);
      const pointers = [at(indexAt!, index), at(sourceAt!, source), totals];
      run(pointers, outputShape[axis]!, strides[axis]! * TOTAL_BYTES);
      if (size > 0) round!(totals, output!, size);
    });
  };
}
