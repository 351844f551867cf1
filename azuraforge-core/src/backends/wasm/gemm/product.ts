import type { Callee, FunctionBuilder, Local, ModuleBuilder } from '../assembler.ts';
import type { Code } from '../instruction.ts';
import { doWhile, i32, ifElse } from '../instruction.ts';
import type { Machine } from '../machine.ts';
import type { Packing } from './packing.ts';
import { definePacking } from './packing.ts';
import type { Tiles } from './tile.ts';
import { defineTiles, FLOAT_BYTES, floats, smaller, TILE_COLUMNS, TILE_ROW_BYTES } from './tile.ts';

/** How many arguments a product has before its memory for left panels. */
export const PRODUCT_ARGUMENTS = 18;

/** The functions of a product, for other functions of the same module. */
export interface Products extends Packing {
  /** Arguments: those that `Gemm.arguments` makes, and memory for the left panels. */
  readonly multiply: Callee;
}

/** Writes the functions, and shows them to the host under the same names. */
export function defineProducts(module: ModuleBuilder, machine: Machine): Products {
  const packing = definePacking(module);
  const tiles = defineTiles(module, machine);
  const multiplyPanels = module.define(words(10), [], (f) => writePanels(f, tiles));
  const fill = module.define(words(6), [], writeFill, 'fill');
  const multiply = module.define(
    words(PRODUCT_ARGUMENTS + 1),
    [],
    (f) => writeProduct(f, packing, multiplyPanels, fill),
    'multiply',
  );
  module.define(
    words(PRODUCT_ARGUMENTS + 4),
    [],
    (f) => writePackedProduct(f, packing, multiply),
    'packAndMultiply',
  );
  return { ...packing, multiply };
}

/** The types of so many parameters of 32 bits. */
export function words(count: number): 'i32'[] {
  return Array.from({ length: count }, () => 'i32');
}

/** All tiles of packed rows by packed columns, over one block of depth. */
function writePanels(f: FunctionBuilder, tiles: Tiles): Code {
  const [left, right, c, rowStride, depth, columns, panels, high, low, accumulate] = f.parameters as Local[];
  const [panel, height, a, target] = Array.from({ length: 4 }, () => f.local('i32')) as Local[];
  const byHeight = (callees: readonly Callee[], ...more: Code[]): Code =>
    callees.map((callee, i) =>
      ifElse(
        i32.eq(height!.get, i32.const(i + 1)),
        callee(a!.get, right!.get, target!.get, rowStride!.get, depth!.get, accumulate!.get, ...more),
      ),
    );
  const [oneVector, twoVectors] = tiles.edge;
  const onePanel = [
    height!.set(i32.add(low!.get, i32.ltU(panel!.get, high!.get))),
    ifElse(
      i32.geU(columns!.get, i32.const(TILE_COLUMNS)),
      byHeight(tiles.full),
      ifElse(
        i32.gtS(columns!.get, i32.const(TILE_COLUMNS / 2)),
        byHeight(twoVectors!, columns!.get),
        byHeight(oneVector!, columns!.get),
      ),
    ),
    a!.increase(floats(i32.mul(height!.get, depth!.get))),
    target!.increase(i32.mul(height!.get, rowStride!.get)),
    panel!.increase(i32.const(1)),
  ];
  return doWhile(
    [
      panel!.set(i32.const(0)),
      a!.set(left!.get),
      target!.set(c!.get),
      doWhile(onePanel, i32.ltU(panel!.get, panels!.get)),
      right!.increase(i32.mul(depth!.get, i32.const(TILE_ROW_BYTES))),
      c!.increase(i32.const(TILE_ROW_BYTES)),
      columns!.decrease(i32.const(TILE_COLUMNS)),
    ],
    i32.gtS(columns!.get, i32.const(0)),
  );
}

/** Sets rows of c to the same numbers, `stride` apart. */
function writeFill(f: FunctionBuilder): Code {
  const [c, rowStride, rows, columns, numbers, stride] = f.parameters as Local[];
  const [from, to, left] = Array.from({ length: 3 }, () => f.local('i32')) as Local[];
  const row = [
    from!.set(numbers!.get),
    to!.set(c!.get),
    left!.set(columns!.get),
    doWhile(
      [
        i32.store(to!.get, i32.load(from!.get)),
        from!.increase(stride!.get),
        to!.increase(i32.const(FLOAT_BYTES)),
        left!.decrease(i32.const(1)),
      ],
      left!.get,
    ),
    c!.increase(rowStride!.get),
    rows!.decrease(i32.const(1)),
  ];
  return doWhile(row, rows!.get);
}

/** Rows of c from rows of a: blocks of depth, in each a group of panels of a at a time, packed into `left`. */
function writeProduct(f: FunctionBuilder, packing: Packing, multiplyPanels: Callee, fill: Callee): Code {
  const [c, cStride, a, rowStride, columnStride, right, width, first, columns, depth, block] =
    f.parameters as Local[];
  const [panels, high, low, group, bias, biasStride, accumulate, left] = f.parameters.slice(11) as Local[];
  const [step, from, to, waiting, waitingHigh, count, highCount, rows] = Array.from({ length: 8 }, () =>
    f.local('i32'),
  ) as Local[];
  const onePart = [
    count!.set(smaller(waiting!.get, group!.get)),
    highCount!.set(smaller(waitingHigh!.get, count!.get)),
    packing.packLeft(
      left!.get,
      from!.get,
      rowStride!.get,
      columnStride!.get,
      step!.get,
      count!.get,
      highCount!.get,
      low!.get,
    ),
    multiplyPanels(
      left!.get,
      i32.add(right!.get, floats(i32.mul(first!.get, step!.get))),
      to!.get,
      cStride!.get,
      step!.get,
      columns!.get,
      count!.get,
      highCount!.get,
      low!.get,
      accumulate!.get,
    ),
    rows!.set(i32.add(i32.mul(count!.get, low!.get), highCount!.get)),
    from!.increase(i32.mul(rows!.get, rowStride!.get)),
    to!.increase(i32.mul(rows!.get, cStride!.get)),
    waiting!.decrease(count!.get),
    waitingHigh!.decrease(highCount!.get),
  ];
  const oneBlock = [
    step!.set(smaller(depth!.get, block!.get)),
    from!.set(a!.get),
    to!.set(c!.get),
    waiting!.set(panels!.get),
    waitingHigh!.set(high!.get),
    doWhile(onePart, waiting!.get),
    accumulate!.set(i32.const(1)),
    a!.increase(i32.mul(step!.get, columnStride!.get)),
    right!.increase(floats(i32.mul(step!.get, width!.get))),
    depth!.decrease(step!.get),
  ];
  const allRows = i32.add(i32.mul(panels!.get, low!.get), high!.get);
  return [
    ifElse(bias!.get, [
      fill(c!.get, cStride!.get, allRows, columns!.get, bias!.get, biasStride!.get),
      accumulate!.set(i32.const(1)),
    ]),
    doWhile(oneBlock, depth!.get),
  ];
}

/** A product whose right factor is not packed yet; the memory for that comes before that for the left panels. */
function writePackedProduct(f: FunctionBuilder, packing: Packing, multiply: Callee): Code {
  const [b, rowStride, columnStride, c, cStride, a, aRowStride, aColumnStride] = f.parameters as Local[];
  const [right, width, first, columns, depth, block, ...rest] = f.parameters.slice(8) as Local[];
  const scratch = rest.at(-1)!;
  return [
    right!.set(scratch.get),
    packing.packRight(
      right!.get,
      b!.get,
      rowStride!.get,
      columnStride!.get,
      depth!.get,
      first!.get,
      columns!.get,
      width!.get,
      block!.get,
    ),
    scratch.increase(floats(i32.mul(depth!.get, width!.get))),
    multiply(
      ...[c, cStride, a, aRowStride, aColumnStride, right, width, first, columns, depth, block, ...rest].map(
        (parameter) => parameter!.get,
      ),
    ),
  ];
}
