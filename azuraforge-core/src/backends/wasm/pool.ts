import type {
  AvgPool2dGradientKernel,
  AvgPool2dKernel,
  MaxPool2dGradientKernel,
  MaxPool2dKernel,
} from '../../kernel.ts';
import type { FunctionBuilder, Local } from './assembler.ts';
import { ELEMENT_BYTES } from './elementwise.ts';
import type { Code } from './instruction.ts';
import { clearMemory, doWhile, f32, f32x4, f64, f64x2, i32, i32x4, ifElse, v128 } from './instruction.ts';
import type { Machine } from './machine.ts';
import type { WindowBody, Windows } from './pool/window.ts';
import { forEachPlace, loadPlace, PLACE_NANOSECONDS, storeElements, windowFunction } from './pool/window.ts';
import type { Program } from './program.ts';

/** Arrays: the largest numbers, their positions. */
function findLargest(machine: Machine): WindowBody {
  return (f, windows) => {
    const [best, winner, value, position, stays] = Array.from({ length: 5 }, () =>
      f.local('v128'),
    ) as Local[];
    const { count, first, rows, columns, stride } = windows;
    const lanes = f.once(
      'v128',
      [1, 2, 3].reduce<Code>(
        (made, lane) => i32x4.replace(made, lane, i32.mul(stride.get, i32.const(lane))),
        v128.zero(),
      ),
    );
    // Positions are byte distances until the end.
    const positionOf = (place: Local): Code => i32x4.add(i32x4.splat(place.get), lanes.get);
    const isEmpty = i32.eqz(i32.mul(rows.get, columns.get));
    return [
      best!.set(f.splat(-Infinity)),
      winner!.set(positionOf(first)),
      count === 1 ? ifElse(isEmpty, winner!.set(f.splatBits(-ELEMENT_BYTES))) : [],
      forEachPlace(f, windows, (place) => [
        value!.set(loadPlace(windows, place)),
        position!.set(positionOf(place)),
        // False where the value is more, and where it is the first NaN.
        stays!.set(v128.or(f32x4.le(value!.get, best!.get), f32x4.ne(best!.get, best!.get))),
        best!.set(machine.pick(best!.get, value!.get, stays!.get)),
        winner!.set(machine.pick(winner!.get, position!.get, stays!.get)),
      ]),
      storeElements(windows, 0, best!.get),
      storeElements(windows, 1, i32x4.shrS(winner!.get, i32.const(2))),
    ];
  };
}

export function maxPool2dProgram(machine: Machine, kernel: MaxPool2dKernel): Program {
  const run = windowFunction(machine, kernel, {
    key: 'maxPool2d',
    arrays: 2,
    counts: [1, 4],
    clears: false,
    body: findLargest(machine),
  });
  return ([input, output, winners]) => run(input!, output!, winners!);
}

/** Gives each gradient to the winner of its window. Arguments: planes, gradients, winners, planes, bytes of one, windows of one. */
function giveToWinners(f: FunctionBuilder): Code {
  const [plane, gradient, winners, planes, planeBytes, windows] = f.parameters as Local[];
  const [left, winner, target] = [f.local('i32'), f.local('i32'), f.local('i32')];
  const add = [
    target.set(i32.add(plane!.get, i32.shl(winner.get, i32.const(2)))),
    f32.store(target.get, f32.add(f32.load(target.get), f32.load(gradient!.get))),
  ];
  const oneWindow = [
    winner.set(i32.load(winners!.get)),
    ifElse(i32.gtS(winner.get, i32.const(-1)), add),
    gradient!.increase(i32.const(ELEMENT_BYTES)),
    winners!.increase(i32.const(ELEMENT_BYTES)),
    left.decrease(i32.const(1)),
  ];
  const onePlane = [
    clearMemory(plane!.get, planeBytes!.get),
    left.set(windows!.get),
    doWhile(oneWindow, left.get),
    plane!.increase(planeBytes!.get),
    planes!.decrease(i32.const(1)),
  ];
  return doWhile(onePlane, planes!.get);
}

export function maxPool2dGradientProgram(machine: Machine, kernel: MaxPool2dGradientKernel): Program {
  const [places, windows] = [kernel.inputSize, kernel.outputSize].map(
    ([height, width]) => height * width,
  ) as [number, number];
  const native = machine.module('maxPool2d gradient', (module) => {
    module.define(['i32', 'i32', 'i32', 'i32', 'i32', 'i32'], [], giveToWinners, 'run');
  });
  const nanoseconds = kernel.planes * (places + windows) * PLACE_NANOSECONDS;
  return ([gradOutput, winners, gradInput]) =>
    machine.run({
      native: native.run!,
      calls: machine
        .split(kernel.planes, nanoseconds)
        .map(({ start, length }) => [
          gradInput! + start * places * ELEMENT_BYTES,
          gradOutput! + start * windows * ELEMENT_BYTES,
          winners! + start * windows * ELEMENT_BYTES,
          length,
          places * ELEMENT_BYTES,
          windows,
        ]),
      nanoseconds,
    });
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
  const run = windowFunction(machine, kernel, {
    key: `avgPool2d ${kernel.countPadding}`,
    arrays: 1,
    counts: [1, 4],
    clears: false,
    body: average(kernel.countPadding),
  });
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
  const run = windowFunction(machine, kernel, {
    key: `avgPool2d gradient ${kernel.countPadding}`,
    arrays: 1,
    counts: [1],
    clears: true,
    body: spread(kernel.countPadding),
  });
  return ([gradOutput, gradInput]) => run(gradInput!, gradOutput!);
}
