import type { Pool2dGeometry } from '../../../kernel.ts';
import type { Span } from '../../../span.ts';
import { spansOf } from '../../../span.ts';
import type { FunctionBuilder, Local } from '../assembler.ts';
import { ELEMENT_BYTES } from '../elementwise.ts';
import type { Code } from '../instruction.ts';
import { clearMemory, doWhile, i32, ifElse, v128 } from '../instruction.ts';
import type { Machine } from '../machine.ts';
import { ScratchPlan } from '../scratch.ts';

/**
 * A span in memory, 32 bits each: byte distance of its first place from the start of the plane, how many places lie in the
 * plane, how many in the plane or its padding, and whether it can be part of four whole windows (for a column see `fourAt`).
 */
const SPAN_BYTES = 16;
const COUNT_AT = 4;
const PADDED_AT = 8;
const FOUR_AT = 12;

/** Windows of at most so many places are written out, where they lie in the plane as a whole. */
const MAX_WRITTEN_OUT = 9;
/** About how long one thread takes for one place of a window. */
export const PLACE_NANOSECONDS = 0.5;

/** How far apart neighbouring windows are: one place, two, or any other number. */
type Pace = 'one' | 'two' | 'more';

/** The next window, or the next four in a row. */
type Count = 1 | 4;

/** Where the windows are that code works on. Addresses and distances are in bytes. */
export interface Windows {
  readonly count: Count;
  readonly pace: Pace;
  /** Rows and columns of a window that does not stick out, where these are few. */
  readonly size: readonly [number, number] | null;
  /** Address of the plane that the windows lie on. */
  readonly plane: Local;
  /** Address of the windows' element in each array that has one per window. */
  readonly elements: readonly Local[];
  /** From the plane to the first place of the window that lies in it, and the places from there on. */
  readonly first: Local;
  readonly rows: Local;
  readonly columns: Local;
  /** Places of the window in the plane or its padding. */
  readonly padded: Local;
  readonly rowStep: Local;
  readonly columnStep: Local;
  /** From one window to its neighbour. */
  readonly stride: Local;
}

export type WindowBody = (f: FunctionBuilder, windows: Windows) => Code;

/** Runs `body` for each place of the window, row by row, with its distance from the plane; whole small windows without loops. */
export function forEachPlace(f: FunctionBuilder, windows: Windows, body: (place: Local) => Code): Code {
  const [row, column, line, place] = Array.from({ length: 4 }, () => f.local('i32')) as Local[];
  const { count, size, first, rows, columns, rowStep, columnStep } = windows;
  if (count === 4 && size !== null) {
    const oneRow = Array.from({ length: size[1] }, () => [body(place!), place!.increase(columnStep.get)]);
    return [
      line!.set(first.get),
      Array.from({ length: size[0] }, () => [place!.set(line!.get), oneRow, line!.increase(rowStep.get)]),
    ];
  }
  const step = [body(place!), place!.increase(columnStep.get), column!.decrease(i32.const(1))];
  const lines = [
    place!.set(line!.get),
    column!.set(columns.get),
    doWhile(step, column!.get),
    line!.increase(rowStep.get),
    row!.decrease(i32.const(1)),
  ];
  return [
    line!.set(first.get),
    row!.set(rows.get),
    ifElse(i32.mul(rows.get, columns.get), doWhile(lines, row!.get)),
  ];
}

/** What the windows have at one place; of a single window, the other lanes are 0. */
export function loadPlace({ count, pace, plane, stride }: Windows, place: Local): Code {
  const address = i32.add(plane.get, place.get);
  if (count === 1) return v128.load32Zero(address);
  if (pace === 'one') return v128.load(address);
  // Every second of seven neighbours, from two loads that reach no further.
  if (pace === 'two') return v128.shuffle32(v128.load(address), v128.load(address, 12), [0, 2, 5, 7]);
  return [1, 2, 3].reduce<Code>(
    (lanes, lane) => v128.load32Lane(i32.add(address, i32.mul(stride.get, i32.const(lane))), lanes, lane),
    v128.load32Zero(address),
  );
}

export function storeElements({ count, elements }: Windows, array: number, value: Code): Code {
  const address = elements[array]!.get;
  return count === 1 ? v128.store32Lane(address, value, 0) : v128.store(address, value);
}

/**
 * Loops over all windows of all planes. Parameters: the planes, the arrays with one element per window, then the number of
 * planes, bytes of a plane, row spans, column spans, rows, columns, and the three distances of `Windows`.
 */
function windowLoops(
  f: FunctionBuilder,
  { pace, size }: Pick<Windows, 'pace' | 'size'>,
  arrays: number,
  counts: readonly Count[],
  clears: boolean,
  body: WindowBody,
): Code {
  const [plane, ...rest] = f.parameters as [Local, ...Local[]];
  const elements = rest.slice(0, arrays);
  const [planes, planeBytes, rowSpans, columnSpans, height, width, rowStep, columnStep, stride] = rest.slice(
    arrays,
  ) as Local[];
  const [rowSpan, columnSpan, y, left, first, rows, columns, padded, four] = Array.from({ length: 9 }, () =>
    f.local('i32'),
  ) as Local[];
  const next = (count: Count): Code => [
    body(f, {
      count,
      pace,
      size,
      plane,
      elements,
      first: first!,
      rows: rows!,
      columns: columns!,
      padded: padded!,
      rowStep: rowStep!,
      columnStep: columnStep!,
      stride: stride!,
    }),
    elements.map((address) => address.increase(i32.const(count * ELEMENT_BYTES))),
    columnSpan!.increase(i32.const(count * SPAN_BYTES)),
    left!.decrease(i32.const(count)),
  ];
  const place = [
    first!.set(i32.add(i32.load(rowSpan!.get), i32.load(columnSpan!.get))),
    columns!.set(i32.load(columnSpan!.get, COUNT_AT)),
    padded!.set(i32.mul(i32.load(rowSpan!.get, PADDED_AT), i32.load(columnSpan!.get, PADDED_AT))),
  ];
  const hasFour = i32.and(i32.ne(four!.get, i32.const(0)), i32.load(rowSpan!.get, FOUR_AT));
  const back = i32.sub(four!.get, i32.const(1));
  const nextFour = [
    columnSpan!.decrease(i32.mul(back, i32.const(SPAN_BYTES))),
    elements.map((address) => address.decrease(i32.mul(back, i32.const(ELEMENT_BYTES)))),
    left!.increase(back),
    place,
    next(4),
  ];
  const windows = [
    four!.set(i32.load(columnSpan!.get, FOUR_AT)),
    counts.includes(4) ? ifElse(hasFour, nextFour, [place, next(1)]) : [place, next(1)],
  ];
  const row = [
    columnSpan!.set(columnSpans!.get),
    left!.set(width!.get),
    rows!.set(i32.load(rowSpan!.get, COUNT_AT)),
    doWhile(windows, left!.get),
    rowSpan!.increase(i32.const(SPAN_BYTES)),
    y!.decrease(i32.const(1)),
  ];
  return doWhile(
    [
      clears ? clearMemory(plane.get, planeBytes!.get) : [],
      rowSpan!.set(rowSpans!.get),
      y!.set(height!.get),
      doWhile(row, y!.get),
      plane.increase(planeBytes!.get),
      planes!.decrease(i32.const(1)),
    ],
    planes!.get,
  );
}

/** What is compiled for the windows of a geometry. */
interface WindowFunction {
  readonly key: string;
  /** How many arrays have one element per window. */
  readonly arrays: number;
  readonly counts: readonly Count[];
  /** Whether each plane is filled with zeros first. */
  readonly clears: boolean;
  readonly body: WindowBody;
}

/** Returns a function of the planes' address and those of the arrays. */
export function windowFunction(
  machine: Machine,
  geometry: Pool2dGeometry,
  { key, arrays, counts, clears, body }: WindowFunction,
): (planes: number, ...elements: number[]) => void {
  const { window, inputSize, outputSize } = geometry;
  const [height, width] = inputSize;
  const step = window.stride[1];
  const pace: Pace = step === 1 ? 'one' : step === 2 ? 'two' : 'more';
  const area = window.size[0] * window.size[1];
  const size = area <= MAX_WRITTEN_OUT ? window.size : null;
  const native = machine.module(JSON.stringify([key, pace, size]), (module) => {
    const parameters = Array.from({ length: arrays + 10 }, () => 'i32' as const);
    const write = (f: FunctionBuilder): Code => windowLoops(f, { pace, size }, arrays, counts, clears, body);
    module.define(parameters, [], write, 'run');
  });
  const [rows, columns] = [spansOf(geometry, 0), spansOf(geometry, 1)];
  const plan = new ScratchPlan();
  const rowsAt = plan.table(
    Int32Array.from(
      rows.flatMap(({ first, count, padded }) => {
        const isWhole = count === window.size[0];
        return [first * width * ELEMENT_BYTES, count, padded, isWhole ? 1 : 0];
      }),
    ),
  );
  const columnsAt = plan.table(
    Int32Array.from(
      columns.flatMap(({ first, count, padded }, i) => [
        first * ELEMENT_BYTES,
        count,
        padded,
        fourAt(columns, i, window.size[1]),
      ]),
    ),
  );
  const [planeBytes, elementBytes] = [height * width, rows.length * columns.length].map(
    (numbers) => numbers * ELEMENT_BYTES,
  ) as [number, number];
  const nanoseconds = geometry.planes * rows.length * columns.length * area * PLACE_NANOSECONDS;
  return (planes, ...elements) =>
    plan.run(machine, (base) =>
      machine.run({
        native: native.run!,
        calls: machine
          .split(geometry.planes, nanoseconds)
          .map(({ start, length }) => [
            planes + start * planeBytes,
            ...elements.map((pointer) => pointer + start * elementBytes),
            length,
            planeBytes,
            base + rowsAt,
            base + columnsAt,
            outputSize[0],
            outputSize[1],
            window.dilation[0] * width * ELEMENT_BYTES,
            window.dilation[1] * ELEMENT_BYTES,
            step * ELEMENT_BYTES,
          ]),
        nanoseconds,
      }),
    );
}

/**
 * Whether column `i` can be done together with others: 0 if not, else one more than the number of columns before it that
 * four whole windows start with. What is done again gives the same.
 */
function fourAt(columns: readonly Span[], i: number, size: number): number {
  const back = Math.max(0, i + 4 - columns.length);
  const start = i - back;
  return start >= 0 && columns[start]!.count === size && columns[start + 3]!.count === size ? back + 1 : 0;
}
