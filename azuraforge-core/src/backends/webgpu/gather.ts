import type { GatherKernel, ScatterAddKernel } from '../../kernel.ts';
import { contiguousStrides, sizeOf } from '../../shape.ts';
import { kindOf, placeOf, splitPosition } from './elementwise.ts';
import type { Program } from './program.ts';
import { fixedProgram, gridFor, Shader } from './program.ts';

const WORKGROUP = 64;

function without<T>(list: readonly T[], axis: number): T[] {
  return list.filter((_, i) => i !== axis);
}

/** One thread per element of the output; what an index outside of the axis asks for is 0. */
export function gatherProgram({ shape, axis, length, source, index }: GatherKernel): Program {
  const shader = new Shader();
  const kind = kindOf(source.dtype);
  const [from, indices] = [shader.buffer(0, kind), shader.buffer(1, 'i32')];
  const to = shader.buffer(2, kind, 'read_write');
  const size = sizeOf(shape);
  const base = source.strides.with(axis, 0);
  const body = [
    `if (thread >= ${shader.uint(size)}) { return; }`,
    ...splitPosition(shader, 'thread', shape, 'x'),
    `let index = ${indices}[${placeOf(shader, shader.int(index.offset), 'x', index.strides)}];`,
    `let isInside = index >= 0 && index < ${shader.int(length)};`,
    `let base = ${placeOf(shader, shader.int(source.offset), 'x', base)};`,
    `let value = ${from}[base + select(0, index, isInside) * ${shader.int(source.strides[axis]!)}];`,
    `${to}[thread] = select(${kind}(0), value, isInside);`,
  ];
  return fixedProgram([shader.pass(body, gridFor(size, WORKGROUP))]);
}

/**
 * One thread per line of the output along the axis: it clears the line and adds to it in the order of the index, so that
 * sums need no atomic operation and are the same each time.
 */
export function scatterAddProgram({ shape, axis, outputShape, source, index }: ScatterAddKernel): Program {
  const shader = new Shader();
  const [from, indices] = [shader.buffer(0, 'f32'), shader.buffer(1, 'i32')];
  const to = shader.buffer(2, 'f32', 'read_write');
  const lines = without(outputShape, axis);
  const strides = contiguousStrides(outputShape);
  const step = shader.int(strides[axis]!);
  const length = shader.int(outputShape[axis]!);
  const isShort = without(shape, axis).map((own, i) => `x${i} < ${shader.int(own)}`);
  const body = [
    `if (thread >= ${shader.uint(sizeOf(lines))}) { return; }`,
    ...splitPosition(shader, 'thread', lines, 'x'),
    `let line = ${placeOf(shader, '0', 'x', without(strides, axis))};`,
    `for (var i = 0; i < ${length}; i++) { ${to}[line + i * ${step}] = 0.0; }`,
    `if (!(${['true', ...isShort].join(' && ')})) { return; }`,
    `let first = ${placeOf(shader, shader.int(source.offset), 'x', without(source.strides, axis))};`,
    `let firstIndex = ${placeOf(shader, shader.int(index.offset), 'x', without(index.strides, axis))};`,
    `for (var i = 0; i < ${shader.int(shape[axis]!)}; i++) {`,
    `let place = ${indices}[firstIndex + i * ${shader.int(index.strides[axis]!)}];`,
    `if (place >= 0 && place < ${length}) {`,
    `${to}[line + place * ${step}] += ${from}[first + i * ${shader.int(source.strides[axis]!)}];`,
    '}',
    '}',
  ];
  return fixedProgram([shader.pass(body, gridFor(sizeOf(lines), WORKGROUP))]);
}
