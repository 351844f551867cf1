import type { Callee, FunctionBuilder, Local, ModuleBuilder } from '../assembler.ts';
import type { Code } from '../instruction.ts';
import { doWhile, i32, ifElse, v128 } from '../instruction.ts';
import { FLOAT_BYTES, floats, smaller, TILE_COLUMNS, TILE_ROW_BYTES, VECTOR_BYTES } from './tile.ts';

/**
 * A factor is packed panel after panel. A panel is a few of its lines (rows of the left factor, columns of the right one)
 * cut into steps of depth: for each step one number of every line. Strides here are in bytes.
 */
export interface Packing {
  readonly packLeft: Callee;
  readonly packRight: Callee;
}

export function definePacking(module: ModuleBuilder): Packing {
  const line = module.define(['i32', 'i32', 'i32', 'i32', 'i32'], [], writeLine);
  const fourLines = module.define(['i32', 'i32', 'i32', 'i32', 'i32', 'i32'], [], (f) =>
    writeFourLines(f, line),
  );
  const panel = module.define(['i32', 'i32', 'i32', 'i32', 'i32', 'i32', 'i32'], [], (f) =>
    writePanel(f, line, fourLines),
  );
  return {
    packLeft: module.define(['i32', 'i32', 'i32', 'i32', 'i32', 'i32', 'i32', 'i32'], [], (f) =>
      writeLeft(f, panel),
    ),
    packRight: module.define(
      Array.from({ length: 9 }, () => 'i32'),
      [],
      (f) => writeRight(f, panel),
      'packRight',
    ),
  };
}

/** One line: numbers `stepStride` apart go to places `width` apart. */
function writeLine(f: FunctionBuilder): Code {
  const [to, width, from, stepStride, depth] = f.parameters as Local[];
  return ifElse(
    depth!.get,
    doWhile(
      [
        i32.store(to!.get, i32.load(from!.get)),
        from!.increase(stepStride!.get),
        to!.increase(width!.get),
        depth!.decrease(i32.const(1)),
      ],
      depth!.get,
    ),
  );
}

/** Rows of a 4×4 matrix become its columns. */
export function transpose(f: FunctionBuilder, rows: readonly Local[]): { code: Code; columns: Code[] } {
  const [a, b, c, d] = rows.map((row) => row.get) as [Code, Code, Code, Code];
  const halves = [
    v128.shuffle32(a, b, [0, 4, 1, 5]),
    v128.shuffle32(a, b, [2, 6, 3, 7]),
    v128.shuffle32(c, d, [0, 4, 1, 5]),
    v128.shuffle32(c, d, [2, 6, 3, 7]),
  ].map((value) => {
    const half = f.local('v128');
    return { half, code: half.set(value) };
  });
  const [lowAB, highAB, lowCD, highCD] = halves.map(({ half }) => half.get) as [Code, Code, Code, Code];
  const columns = [
    v128.shuffle32(lowAB, lowCD, [0, 1, 4, 5]),
    v128.shuffle32(lowAB, lowCD, [2, 3, 6, 7]),
    v128.shuffle32(highAB, highCD, [0, 1, 4, 5]),
    v128.shuffle32(highAB, highCD, [2, 3, 6, 7]),
  ];
  return { code: halves.map(({ code }) => code), columns };
}

function isOneFloat(stride: Local): Code {
  return i32.eq(stride.get, i32.const(FLOAT_BYTES));
}

/** Four lines, as vectors where either the lines or the steps are neighbours in memory. */
function writeFourLines(f: FunctionBuilder, packLine: Callee): Code {
  const [to, width, from, lineStride, stepStride, depth] = f.parameters as Local[];
  const lines = Array.from({ length: 4 }, () => f.local('v128'));
  const source = f.local('i32');
  const enough = i32.geU(depth!.get, i32.const(4));
  const { code, columns } = transpose(f, lines);

  const copySteps = ifElse(
    depth!.get,
    doWhile(
      [
        v128.store(to!.get, v128.load(from!.get)),
        from!.increase(stepStride!.get),
        to!.increase(width!.get),
        depth!.decrease(i32.const(1)),
      ],
      depth!.get,
    ),
  );
  const turnFourSteps = [
    source.set(from!.get),
    lines.map((line) => [line.set(v128.load(source.get)), source.increase(lineStride!.get)]),
    code,
    columns.map((column) => [v128.store(to!.get, column), to!.increase(width!.get)]),
    from!.increase(i32.const(VECTOR_BYTES)),
    depth!.decrease(i32.const(4)),
  ];
  const lineByLine = lines.map((_, i) => [
    packLine(
      i32.add(to!.get, i32.const(i * FLOAT_BYTES)),
      width!.get,
      from!.get,
      stepStride!.get,
      depth!.get,
    ),
    from!.increase(lineStride!.get),
  ]);
  return ifElse(isOneFloat(lineStride!), copySteps, [
    ifElse(isOneFloat(stepStride!), ifElse(enough, doWhile(turnFourSteps, enough))),
    lineByLine,
  ]);
}

/** A panel of `width` bytes a step; lines that are missing are filled with zeros. */
function writePanel(f: FunctionBuilder, packLine: Callee, packFourLines: Callee): Code {
  const [to, width, from, lineStride, stepStride, depth, lines] = f.parameters as Local[];
  const [end, place, left] = [f.local('i32'), f.local('i32'), f.local('i32')];
  const next = (count: number): Code => [
    to!.increase(i32.const(count * FLOAT_BYTES)),
    lines!.decrease(i32.const(count)),
  ];
  const four = [
    packFourLines(to!.get, width!.get, from!.get, lineStride!.get, stepStride!.get, depth!.get),
    from!.increase(i32.shl(lineStride!.get, i32.const(2))),
    next(4),
  ];
  const one = [
    packLine(to!.get, width!.get, from!.get, stepStride!.get, depth!.get),
    from!.increase(lineStride!.get),
    next(1),
  ];
  const clear = [
    place.set(to!.get),
    left.set(depth!.get),
    doWhile(
      [i32.store(place.get, i32.const(0)), place.increase(width!.get), left.decrease(i32.const(1))],
      left.get,
    ),
    to!.increase(i32.const(FLOAT_BYTES)),
  ];
  const enough = i32.geU(lines!.get, i32.const(4));
  return [
    end.set(i32.add(to!.get, width!.get)),
    ifElse(enough, doWhile(four, enough)),
    ifElse(lines!.get, doWhile(one, lines!.get)),
    ifElse(i32.ltU(to!.get, end.get), doWhile(clear, i32.ltU(to!.get, end.get))),
  ];
}

/** Panels of nearly equal height: the first `high` of them have one line more than the `low` lines of the others. */
function writeLeft(f: FunctionBuilder, packPanel: Callee): Code {
  const [to, from, rowStride, columnStride, depth, panels, high, low] = f.parameters as Local[];
  const height = f.local('i32');
  const width = floats(height.get);
  return doWhile(
    [
      height.set(i32.add(low!.get, i32.ne(high!.get, i32.const(0)))),
      ifElse(high!.get, high!.decrease(i32.const(1))),
      packPanel(to!.get, width, from!.get, rowStride!.get, columnStride!.get, depth!.get, height.get),
      from!.increase(i32.mul(height.get, rowStride!.get)),
      to!.increase(i32.mul(width, depth!.get)),
      panels!.decrease(i32.const(1)),
    ],
    panels!.get,
  );
}

/**
 * Columns `first` and on of a right factor whose columns, filled up, are `width`: block after block of depth, each panel
 * after panel of the tile's width, the last one filled up with zeros.
 */
function writeRight(f: FunctionBuilder, packPanel: Callee): Code {
  const [to, from, rowStride, columnStride, depth, first, columns, width, block] = f.parameters as Local[];
  const [step, left, source, target, lines] = Array.from({ length: 5 }, () => f.local('i32')) as Local[];
  const panel = [
    lines!.set(smaller(left!.get, i32.const(TILE_COLUMNS))),
    packPanel(
      target!.get,
      i32.const(TILE_ROW_BYTES),
      source!.get,
      columnStride!.get,
      rowStride!.get,
      step!.get,
      lines!.get,
    ),
    source!.increase(i32.mul(columnStride!.get, i32.const(TILE_COLUMNS))),
    target!.increase(i32.mul(step!.get, i32.const(TILE_ROW_BYTES))),
    left!.decrease(lines!.get),
  ];
  return doWhile(
    [
      step!.set(smaller(depth!.get, block!.get)),
      source!.set(from!.get),
      target!.set(i32.add(to!.get, floats(i32.mul(first!.get, step!.get)))),
      left!.set(columns!.get),
      doWhile(panel, left!.get),
      from!.increase(i32.mul(step!.get, rowStride!.get)),
      to!.increase(floats(i32.mul(step!.get, width!.get))),
      depth!.decrease(step!.get),
    ],
    depth!.get,
  );
}
