import type { Callee, FunctionBuilder, Local, ModuleBuilder } from '../assembler.ts';
import { transpose } from '../gemm/packing.ts';
import { FLOAT_BYTES, TILE_ROW_BYTES, VECTOR_BYTES } from '../gemm/tile.ts';
import type { Code } from '../instruction.ts';
import { doWhile, f32, f32x4, i32, ifElse, v128 } from '../instruction.ts';

/**
 * Rows of eight numbers become columns, each number plus the start of its column. Arguments of the result: to, bytes from
 * column to column there, from, rows, columns, address of the starts.
 */
export function defineTurnRows(module: ModuleBuilder): Callee {
  const one = module.define(['i32', 'i32', 'i32', 'i32'], [], turnColumn);
  const four = module.define(['i32', 'i32', 'i32', 'i32', 'i32'], [], (f) => turnFourColumns(f, one));
  return module.define(
    ['i32', 'i32', 'i32', 'i32', 'i32', 'i32'],
    [],
    (f) => turnRows(f, one, four),
    'turnRows',
  );
}

/** Arguments: to, from, rows, address of the start. */
function turnColumn(f: FunctionBuilder): Code {
  const [to, from, rows, start] = f.parameters as Local[];
  const number = [
    f32.store(to!.get, f32.add(f32.load(from!.get), f32.load(start!.get))),
    to!.increase(i32.const(FLOAT_BYTES)),
    from!.increase(i32.const(TILE_ROW_BYTES)),
    rows!.decrease(i32.const(1)),
  ];
  return ifElse(rows!.get, doWhile(number, rows!.get));
}

/** Arguments: to, bytes from column to column there, from, rows, address of four starts. */
function turnFourColumns(f: FunctionBuilder, turnOne: Callee): Code {
  const [to, toColumn, from, rows, start] = f.parameters as Local[];
  const lines = Array.from({ length: 4 }, () => f.local('v128'));
  const starts = lines.map((_, i) => f.once('v128', v128.load32Splat(start!.get, i * FLOAT_BYTES)));
  const target = f.local('i32');
  const { code, columns } = transpose(f, lines);
  const enough = i32.geU(rows!.get, i32.const(4));
  const four = [
    lines.map((line, i) => line.set(v128.load(from!.get, i * TILE_ROW_BYTES))),
    code,
    target.set(to!.get),
    columns.map((column, i) => [
      v128.store(target.get, f32x4.add(column, starts[i]!.get)),
      target.increase(toColumn!.get),
    ]),
    to!.increase(i32.const(VECTOR_BYTES)),
    from!.increase(i32.const(4 * TILE_ROW_BYTES)),
    rows!.decrease(i32.const(4)),
  ];
  const rest = lines.map((_, i) => [
    turnOne(
      to!.get,
      i32.add(from!.get, i32.const(i * FLOAT_BYTES)),
      rows!.get,
      i32.add(start!.get, i32.const(i * FLOAT_BYTES)),
    ),
    to!.increase(toColumn!.get),
  ]);
  return [ifElse(enough, doWhile(four, enough)), rest];
}

function turnRows(f: FunctionBuilder, turnOne: Callee, turnFour: Callee): Code {
  const [to, toColumn, from, rows, columns, start] = f.parameters as Local[];
  const next = (count: 1 | 4): Code => [
    to!.increase(i32.mul(toColumn!.get, i32.const(count))),
    from!.increase(i32.const(count * FLOAT_BYTES)),
    start!.increase(i32.const(count * FLOAT_BYTES)),
    columns!.decrease(i32.const(count)),
  ];
  const four = [turnFour(to!.get, toColumn!.get, from!.get, rows!.get, start!.get), next(4)];
  const one = [turnOne(to!.get, from!.get, rows!.get, start!.get), next(1)];
  const enough = i32.geU(columns!.get, i32.const(4));
  return [ifElse(enough, doWhile(four, enough)), ifElse(columns!.get, doWhile(one, columns!.get))];
}
