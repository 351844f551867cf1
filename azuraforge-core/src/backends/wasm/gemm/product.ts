import type { Callee, FunctionBuilder, Local, ModuleBuilder } from '../assembler.ts';
import type { Code } from '../instruction.ts';
import { choose, doWhile, i32, ifElse } from '../instruction.ts';
import type { Packing } from './packing.ts';
import type { Tiles } from './tile.ts';
import { FLOAT_BYTES, TILE_COLUMNS, TILE_ROW_BYTES } from './tile.ts';

/** Panels of the left factor that are packed at a time, about 72 rows: they stay in the second-level cache. */
export const BLOCK_PANELS = 12;

export function defineProducts(module: ModuleBuilder, tiles: Tiles, packing: Packing): void {
  const panels = module.define(
    Array.from({ length: 10 }, () => 'i32'),
    [],
    (f) => writePanels(f, tiles),
    'multiplyPanels',
  );
  module.define(
    Array.from({ length: 14 }, () => 'i32'),
    [],
    (f) => writeProduct(f, packing, panels),
    'multiply',
  );
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
    a!.increase(i32.mul(i32.mul(height!.get, depth!.get), i32.const(FLOAT_BYTES))),
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

function smaller(x: Code, y: Code): Code {
  return choose(i32.ltU(x, y), x, y);
}

/** Rows of c from rows of a: blocks of depth, in each some panels of a at a time, packed into `left`. */
function writeProduct(f: FunctionBuilder, packing: Packing, multiplyPanels: Callee): Code {
  const [
    c,
    cStride,
    a,
    rowStride,
    columnStride,
    right,
    depth,
    columns,
    panels,
    high,
    low,
    accumulate,
    block,
    left,
  ] = f.parameters as Local[];
  const [step, from, to, waiting, waitingHigh, count, highCount, rows] = Array.from({ length: 8 }, () =>
    f.local('i32'),
  ) as Local[];
  const group = [
    count!.set(smaller(waiting!.get, i32.const(BLOCK_PANELS))),
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
      right!.get,
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
  const width = i32.and(i32.add(columns!.get, i32.const(TILE_COLUMNS - 1)), i32.const(-TILE_COLUMNS));
  return doWhile(
    [
      step!.set(smaller(depth!.get, block!.get)),
      from!.set(a!.get),
      to!.set(c!.get),
      waiting!.set(panels!.get),
      waitingHigh!.set(high!.get),
      doWhile(group, waiting!.get),
      accumulate!.set(i32.const(1)),
      a!.increase(i32.mul(step!.get, columnStride!.get)),
      right!.increase(i32.mul(i32.mul(step!.get, width), i32.const(FLOAT_BYTES))),
      depth!.decrease(step!.get),
    ],
    depth!.get,
  );
}
