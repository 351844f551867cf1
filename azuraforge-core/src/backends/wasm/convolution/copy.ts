import type { FunctionBuilder, Local } from '../assembler.ts';
import { FLOAT_BYTES, floats, TILE_COLUMNS, TILE_ROW_BYTES, VECTOR_BYTES } from '../gemm/tile.ts';
import type { Code } from '../instruction.ts';
import { clearMemory, doWhile, i32, ifElse, v128 } from '../instruction.ts';

function numbersOf(f: FunctionBuilder, count: number): Local[] {
  return Array.from({ length: count }, () => f.local('i32'));
}

/** A right panel from up to eight lines, each read at the same distances, one for each step; missing lines are 0. */
export const PACK_PANEL_ARGUMENTS = 6;

/** Arguments: to, from, bytes from line to line, lines, distances, steps. */
export function packPanel(f: FunctionBuilder): Code {
  const [to, from, lineBytes, lines, steps, depth] = f.parameters as Local[];
  const [line, target, step, left] = numbersOf(f, 4);
  const pack = (value: Code): Code =>
    doWhile(
      [
        i32.store(target!.get, value),
        target!.increase(i32.const(TILE_ROW_BYTES)),
        step!.increase(i32.const(FLOAT_BYTES)),
        left!.decrease(i32.const(1)),
      ],
      left!.get,
    );
  const oneLine = [
    target!.set(i32.add(to!.get, floats(line!.get))),
    step!.set(steps!.get),
    left!.set(depth!.get),
    ifElse(
      i32.ltU(line!.get, lines!.get),
      pack(i32.load(i32.add(from!.get, i32.load(step!.get)))),
      pack(i32.const(0)),
    ),
    from!.increase(lineBytes!.get),
    line!.increase(i32.const(1)),
  ];
  return [line!.set(i32.const(0)), doWhile(oneLine, i32.ltU(line!.get, i32.const(TILE_COLUMNS)))];
}

export const DRAW_PLANES_ARGUMENTS = 10;

/**
 * Copies a rectangle of each plane onto a canvas, which is 0 around it. Arguments: canvas, where the first rectangle goes on
 * it, from, planes, bytes of both planes, rows, bytes of both rows, columns.
 */
export function drawPlanes(f: FunctionBuilder): Code {
  const [canvas, to, from, planes, toPlane, fromPlane, rows, toRow, fromRow, columns] =
    f.parameters as Local[];
  const [target, source, lineTarget, lineSource, row, left] = numbersOf(f, 6);
  const move = (count: 1 | 4): Code => [
    count === 4
      ? v128.store(target!.get, v128.load(source!.get))
      : i32.store(target!.get, i32.load(source!.get)),
    target!.increase(i32.const(count * FLOAT_BYTES)),
    source!.increase(i32.const(count * FLOAT_BYTES)),
    left!.decrease(i32.const(count)),
  ];
  const enough = i32.geU(left!.get, i32.const(VECTOR_BYTES / FLOAT_BYTES));
  const oneRow = [
    target!.set(lineTarget!.get),
    source!.set(lineSource!.get),
    left!.set(columns!.get),
    ifElse(enough, doWhile(move(4), enough)),
    ifElse(left!.get, doWhile(move(1), left!.get)),
    lineTarget!.increase(toRow!.get),
    lineSource!.increase(fromRow!.get),
    row!.decrease(i32.const(1)),
  ];
  const onePlane = [
    lineTarget!.set(to!.get),
    lineSource!.set(from!.get),
    row!.set(rows!.get),
    doWhile(oneRow, row!.get),
    to!.increase(toPlane!.get),
    from!.increase(fromPlane!.get),
    planes!.decrease(i32.const(1)),
  ];
  return [
    clearMemory(canvas!.get, i32.mul(planes!.get, toPlane!.get)),
    ifElse(rows!.get, doWhile(onePlane, planes!.get)),
  ];
}

export const SPREAD_PLANES_ARGUMENTS = 8;

/**
 * Writes planes of numbers, which lie one after the other, to places apart. Arguments: to, from, planes, rows, columns, bytes
 * from plane to plane, row to row and column to column there.
 */
export function spreadPlanes(f: FunctionBuilder): Code {
  const [to, from, planes, rows, columns, planeBytes, rowBytes, columnBytes] = f.parameters as Local[];
  const [line, target, row, left] = numbersOf(f, 4);
  const number = [
    i32.store(target!.get, i32.load(from!.get)),
    target!.increase(columnBytes!.get),
    from!.increase(i32.const(FLOAT_BYTES)),
    left!.decrease(i32.const(1)),
  ];
  const oneRow = [
    target!.set(line!.get),
    left!.set(columns!.get),
    doWhile(number, left!.get),
    line!.increase(rowBytes!.get),
    row!.decrease(i32.const(1)),
  ];
  const onePlane = [
    line!.set(to!.get),
    row!.set(rows!.get),
    doWhile(oneRow, row!.get),
    to!.increase(planeBytes!.get),
    planes!.decrease(i32.const(1)),
  ];
  return doWhile(onePlane, planes!.get);
}
