import type {
  AvgPool2dGradientKernel,
  AvgPool2dKernel,
  MaxPool2dGradientKernel,
  MaxPool2dKernel,
  Pool2dGeometry,
} from '../../kernel.ts';
import { spansOf } from '../../span.ts';
import type { FunctionBuilder, Local } from './assembler.ts';
import { ELEMENT_BYTES } from './elementwise.ts';
import type { Code } from './instruction.ts';
import { doWhile, f32, f32x4, f64, f64x2, i32, i32x4, ifElse, v128 } from './instruction.ts';
import type { Machine } from './machine.ts';
import type { Program } from './program.ts';

/**
 * A span in memory, 32 bits each: byte distance of its first place from the start of the plane, how many places lie in the
 * plane, how many in the plane or its padding, and whether this and the next three windows lie in the plane as a whole.
 */
const SPAN_WORDS = 4;
const SPAN_BYTES = 16;
const COUNT_AT = 4;
const PADDED_AT = 8;
const FOUR_AT = 12;

/** How far apart neighbouring windows are: one place, two, or any other number. */
type Pace = 'one' | 'two' | 'more';

/** The next window, or the next four in a row. */
type Count = 1 | 4;

/** Where the windows are that code works on. Addresses and distances are in bytes. */
interface Windows {
  readonly count: Count;
  readonly pace: Pace;
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

type WindowBody = (f: FunctionBuilder, windows: Windows) => Code;

/** Runs `body` for each place of the window, row by row, with its distance from the plane. */
function forEachPlace(f: FunctionBuilder, windows: Windows, body: (place: Local) => Code): Code {
  const [row, column, line, place] = Array.from({ length: 4 }, () => f.local('i32')) as Local[];
  const { first, rows, columns, rowStep, columnStep } = windows;
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
function loadPlace({ count, pace, plane, stride }: Windows, place: Local): Code {
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

function storeElements({ count, elements }: Windows, array: number, value: Code): Code {
  const address = elements[array]!.get;
  return count === 1 ? v128.store32Lane(address, value, 0) : v128.store(address, value);
}

/**
 * Loops over all windows of all planes. Parameters: the planes, the arrays with one element per window, then the number of
 * planes, bytes of a plane, row spans, column spans, rows, columns, and the three distances of `Windows`.
 */
function windowLoops(
  f: FunctionBuilder,
  pace: Pace,
  arrays: number,
  counts: readonly Count[],
  body: WindowBody,
): Code {
  const [plane, ...rest] = f.parameters as [Local, ...Local[]];
  const elements = rest.slice(0, arrays);
  const [planes, planeBytes, rowSpans, columnSpans, height, width, rowStep, columnStep, stride] = rest.slice(
    arrays,
  ) as Local[];
  const [rowSpan, columnSpan, y, left, first, rows, columns, padded] = Array.from({ length: 8 }, () =>
    f.local('i32'),
  ) as Local[];
  const next = (count: Count): Code => [
    body(f, {
      count,
      pace,
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
  const hasFour = i32.and(i32.load(columnSpan!.get, FOUR_AT), i32.ne(rows!.get, i32.const(0)));
  const windows = [
    first!.set(i32.add(i32.load(rowSpan!.get), i32.load(columnSpan!.get))),
    columns!.set(i32.load(columnSpan!.get, COUNT_AT)),
    padded!.set(i32.mul(i32.load(rowSpan!.get, PADDED_AT), i32.load(columnSpan!.get, PADDED_AT))),
    counts.includes(4) ? ifElse(hasFour, next(4), next(1)) : next(1),
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
      rowSpan!.set(rowSpans!.get),
      y!.set(height!.get),
      doWhile(row, y!.get),
      plane.increase(planeBytes!.get),
      planes!.decrease(i32.const(1)),
    ],
    planes!.get,
  );
}

/** Compiles `body` for the windows of a geometry, to be run with the planes' address and those of the arrays. */
function windowFunction(
  machine: Machine,
  key: string,
  geometry: Pool2dGeometry,
  arrays: number,
  counts: readonly Count[],
  body: WindowBody,
): (planes: number, ...elements: number[]) => void {
  const { window, inputSize, outputSize } = geometry;
  const [height, width] = inputSize;
  const step = window.stride[1];
  const pace: Pace = step === 1 ? 'one' : step === 2 ? 'two' : 'more';
  const native = machine.module(`${key} ${pace}`, (module) => {
    const parameters = Array.from({ length: arrays + 10 }, () => 'i32' as const);
    module.define(parameters, [], (f) => windowLoops(f, pace, arrays, counts, body), 'run');
  });
  const [rows, columns] = [spansOf(geometry, 0), spansOf(geometry, 1)];
  const words = [
    ...rows.flatMap(({ first, count, padded }) => [first * width * ELEMENT_BYTES, count, padded, 0]),
    ...columns.flatMap(({ first, count, padded }, i) => {
      const isWhole = count === window.size[1] && columns[i + 3]?.count === count;
      return [first * ELEMENT_BYTES, count, padded, isWhole ? 1 : 0];
    }),
  ];
  return (planes, ...elements) => {
    machine.withScratch(words.length * ELEMENT_BYTES, (spans) => {
      new Int32Array(machine.heap.bytes.buffer).set(words, spans / ELEMENT_BYTES);
      native.run!(
        planes,
        ...elements,
        geometry.planes,
        height * width * ELEMENT_BYTES,
        spans,
        spans + rows.length * SPAN_WORDS * ELEMENT_BYTES,
        outputSize[0],
        outputSize[1],
        window.dilation[0] * width * ELEMENT_BYTES,
        window.dilation[1] * ELEMENT_BYTES,
        step * ELEMENT_BYTES,
      );
    });
  };
}

/** Arrays: the largest numbers, their positions. */
function findLargest(f: FunctionBuilder, windows: Windows): Code {
  const [best, winner, value, position, isMore] = Array.from({ length: 5 }, () => f.local('v128')) as Local[];
  const { count, first, rows, columns, stride } = windows;
  const ahead = (lane: number): Code => i32.mul(i32.shrU(stride.get, i32.const(2)), i32.const(lane));
  const lanes = f.once(
    'v128',
    [1, 2, 3].reduce<Code>((made, lane) => i32x4.replace(made, lane, ahead(lane)), v128.zero()),
  );
  const positionOf = (place: Local): Code =>
    i32x4.add(i32x4.splat(i32.shrU(place.get, i32.const(2))), lanes.get);
  const isEmpty = i32.eqz(i32.mul(rows.get, columns.get));
  return [
    best!.set(f.splat(-Infinity)),
    winner!.set(positionOf(first)),
    count === 1 ? ifElse(isEmpty, winner!.set(f.splatBits(-1))) : [],
    forEachPlace(f, windows, (place) => [
      value!.set(loadPlace(windows, place)),
      position!.set(positionOf(place)),
      isMore!.set(
        v128.or(
          f32x4.gt(value!.get, best!.get),
          v128.and(f32x4.ne(value!.get, value!.get), f32x4.eq(best!.get, best!.get)),
        ),
      ),
      best!.set(v128.select(value!.get, best!.get, isMore!.get)),
      winner!.set(v128.select(position!.get, winner!.get, isMore!.get)),
    ]),
    storeElements(windows, 0, best!.get),
    storeElements(windows, 1, winner!.get),
  ];
}

export function maxPool2dProgram(machine: Machine, kernel: MaxPool2dKernel): Program {
  const run = windowFunction(machine, 'maxPool2d', kernel, 2, [1, 4], findLargest);
  return ([input, output, winners]) => run(input!, output!, winners!);
}

export function maxPool2dGradientProgram(machine: Machine, kernel: MaxPool2dGradientKernel): Program {
  const [inSize, outSize] = [kernel.inputSize, kernel.outputSize].map(([height, width]) => height * width);
  const native = machine.module('maxPool2d gradient', (module) => {
    module.define(
      ['i32', 'i32', 'i32', 'i32', 'i32', 'i32'],
      [],
      (f, gradOutput, winners, gradInput, planes, planeBytes, outputs) => {
        const [left, winner, target] = [f.local('i32'), f.local('i32'), f.local('i32')];
        const add = [
          target.set(i32.add(gradInput!.get, i32.shl(winner.get, i32.const(2)))),
          f32.store(target.get, f32.add(f32.load(target.get), f32.load(gradOutput!.get))),
        ];
        const window = [
          winner.set(i32.load(winners!.get)),
          ifElse(i32.gtS(winner.get, i32.const(-1)), add),
          gradOutput!.increase(i32.const(ELEMENT_BYTES)),
          winners!.increase(i32.const(ELEMENT_BYTES)),
          left.decrease(i32.const(1)),
        ];
        const plane = [
          left.set(outputs!.get),
          doWhile(window, left.get),
          gradInput!.increase(planeBytes!.get),
          planes!.decrease(i32.const(1)),
        ];
        return doWhile(plane, planes!.get);
      },
      'run',
    );
  });
  const planeBytes = inSize! * ELEMENT_BYTES;
  return ([gradOutput, winners, gradInput]) => {
    machine.heap.bytes.fill(0, gradInput!, gradInput! + kernel.planes * planeBytes);
    native.run!(gradOutput!, winners!, gradInput!, kernel.planes, planeBytes, outSize!);
  };
}

/** By how much the sum of a window is divided, as an i32. */
function divisorOf({ rows, columns, padded }: Windows, countPadding: boolean): Code {
  return countPadding ? padded.get : i32.mul(rows.get, columns.get);
}

function addPair(sum: Local, pair: Code): Code {
  return sum.set(f64x2.add(sum.get, f64x2.promoteLowF32x4(pair)));
}

/** Arrays: the means. Sums are kept as doubles, those of windows 0 and 1 and those of 2 and 3. */
function average(countPadding: boolean): WindowBody {
  return (f, windows) => {
    const [low, high, value, divisor] = Array.from({ length: 4 }, () => f.local('v128')) as Local[];
    const isFour = windows.count === 4;
    const mean = (sum: Local): Code => f32x4.demoteF64x2Zero(f64x2.div(sum.get, divisor!.get));
    return [
      low!.set(v128.zero()),
      high!.set(v128.zero()),
      forEachPlace(f, windows, (place) => [
        value!.set(loadPlace(windows, place)),
        addPair(low!, value!.get),
        isFour ? addPair(high!, v128.shuffle32(value!.get, value!.get, [2, 3, 2, 3])) : [],
      ]),
      divisor!.set(f64x2.splat(f64.convertI32S(divisorOf(windows, countPadding)))),
      storeElements(windows, 0, isFour ? v128.shuffle32(mean(low!), mean(high!), [0, 1, 4, 5]) : mean(low!)),
    ];
  };
}

export function avgPool2dProgram(machine: Machine, kernel: AvgPool2dKernel): Program {
  const key = `avgPool2d ${kernel.countPadding}`;
  const run = windowFunction(machine, key, kernel, 1, [1, 4], average(kernel.countPadding));
  return ([input, output]) => run(input!, output!);
}

/** Arrays: the gradients of the means. */
function spread(countPadding: boolean): WindowBody {
  return (f, windows) => {
    const [share, target] = [f.local('f32'), f.local('i32')];
    const divisor = f32.convertI32S(divisorOf(windows, countPadding));
    return [
      share.set(f32.div(f32.load(windows.elements[0]!.get), divisor)),
      forEachPlace(f, windows, (place) => [
        target.set(i32.add(windows.plane.get, place.get)),
        f32.store(target.get, f32.add(f32.load(target.get), share.get)),
      ]),
    ];
  };
}

export function avgPool2dGradientProgram(machine: Machine, kernel: AvgPool2dGradientKernel): Program {
  const key = `avgPool2d gradient ${kernel.countPadding}`;
  const run = windowFunction(machine, key, kernel, 1, [1], spread(kernel.countPadding));
  const bytes = kernel.planes * kernel.inputSize[0] * kernel.inputSize[1] * ELEMENT_BYTES;
  return ([gradOutput, gradInput]) => {
    machine.heap.bytes.fill(0, gradInput!, gradInput! + bytes);
    run(gradInput!, gradOutput!);
  };
}
