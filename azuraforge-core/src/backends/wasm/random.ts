import type { RandomKernel } from '../../kernel.ts';
import type { Callee, FunctionBuilder, Local, ModuleBuilder } from './assembler.ts';
import { ELEMENT_BYTES } from './elementwise.ts';
import type { Code } from './instruction.ts';
import { choose, doWhile, f32, f64, i32, i64, ifElse } from './instruction.ts';
import type { Machine } from './machine.ts';
import type { Program } from './program.ts';

const ROUNDS = 10;
const MULTIPLIERS = [0xd2511f53, 0xcd9e8d57];
const KEY_STEPS = [0x9e3779b9, 0xbb67ae85];
const BLOCK_BYTES = 4 * ELEMENT_BYTES;
const UNIT = 2 ** -24;

interface Block {
  readonly words: readonly Local[];
  readonly code: Code;
}

/** The upper 32 bits. */
function high(product: Local): Code {
  return i32.wrapI64(i64.shrU(product.get, i64.const(32)));
}

/** Philox 4x32-10, as in src/random.ts: four words of the block whose number is in `counter`. */
function philox(f: FunctionBuilder, key: readonly Local[], counter: Local): Block {
  const words = Array.from({ length: 4 }, () => f.local('i32'));
  const keys = key.map(() => f.local('i32'));
  const products = MULTIPLIERS.map(() => f.local('i64'));
  const [c0, c1, c2, c3] = words as [Local, Local, Local, Local];
  const round = (): Code => [
    products.map((product, i) =>
      product.set(i64.mul(i64.extendI32U(words[2 * i]!.get), i64.extendI32U(i32.const(MULTIPLIERS[i]!)))),
    ),
    c0.set(i32.xor(i32.xor(high(products[1]!), c1.get), keys[0]!.get)),
    c1.set(i32.wrapI64(products[1]!.get)),
    c2.set(i32.xor(i32.xor(high(products[0]!), c3.get), keys[1]!.get)),
    c3.set(i32.wrapI64(products[0]!.get)),
    keys.map((own, i) => own.increase(i32.const(KEY_STEPS[i]!))),
  ];
  const code = [
    c0.set(i32.wrapI64(counter.get)),
    c1.set(i32.wrapI64(i64.shrU(counter.get, i64.const(32)))),
    c2.set(i32.const(0)),
    c3.set(i32.const(0)),
    keys.map((own, i) => own.set(key[i]!.get)),
    Array.from({ length: ROUNDS }, round),
  ];
  return { words, code };
}

/** The 24 bits that make a uniform number. */
function bits(word: Local): Code {
  return i32.shrU(word.get, i32.const(8));
}

function uniform(word: Local): Code {
  return f64.mul(f64.convertI32U(bits(word)), f64.const(UNIT));
}

/** The doubles that four words become. */
type Shape = (f: FunctionBuilder, words: readonly Local[], parameters: readonly Local[]) => Code[];

function normalPair(host: Readonly<Record<'log' | 'cos' | 'sin', Callee>>): Shape {
  return (f, words) =>
    [0, 2].flatMap((first) => {
      const [radius, angle] = [f.local('f64'), f.local('f64')];
      const logarithm = host.log(f64.sub(f64.const(1), uniform(words[first]!)));
      const prepared = [
        radius.set(f64.sqrt(f64.mul(f64.const(-2), logarithm))),
        angle.set(f64.mul(f64.const(2 * Math.PI), uniform(words[first + 1]!))),
      ];
      return [[prepared, f64.mul(radius.get, host.cos(angle.get))], f64.mul(radius.get, host.sin(angle.get))];
    });
}

function shapeOf(distribution: RandomKernel['distribution'], module: ModuleBuilder): Shape {
  if (distribution === 'uniform') return (_, words) => words.map(uniform);
  if (distribution === 'normal') {
    const host = (key: string): Callee => module.import(key, ['f64'], ['f64']);
    return normalPair({ log: host('log'), cos: host('cos'), sin: host('sin') });
  }
  return (_, words, [threshold, survivor]) =>
    words.map((word) => choose(i32.ltU(bits(word), threshold!.get), f64.const(0), survivor!.get));
}

/** Parameters: address, count, key low and high, block low and high, the threshold below which to drop, what survives. */
function writeRandom(module: ModuleBuilder, distribution: RandomKernel['distribution']): void {
  const shape = shapeOf(distribution, module);
  module.define(
    ['i32', 'i32', 'i32', 'i32', 'i32', 'i32', 'i32', 'f64'],
    [],
    (f, to, count, keyLow, keyHigh, blockLow, blockHigh, threshold, survivor) => {
      const start = i64.or(
        i64.extendI32U(blockLow!.get),
        i64.shl(i64.extendI32U(blockHigh!.get), i64.const(32)),
      );
      const counter = f.once('i64', start);
      const { words, code } = philox(f, [keyLow!, keyHigh!], counter);
      const numbers = shape(f, words, [threshold!, survivor!]).map((value) => {
        const number = f.local('f64');
        return { number, code: number.set(value) };
      });
      const store = ({ number }: { number: Local }, i: number): Code =>
        ifElse(
          i32.gtS(count!.get, i32.const(i)),
          f32.store(to!.get, f32.demoteF64(number.get), i * ELEMENT_BYTES),
        );
      return doWhile(
        [
          code,
          numbers.map((each) => each.code),
          numbers.map(store),
          to!.increase(i32.const(BLOCK_BYTES)),
          counter.set(i64.add(counter.get, i64.const(1))),
          count!.decrease(i32.const(4)),
        ],
        i32.gtS(count!.get, i32.const(0)),
      );
    },
    'run',
  );
}

/** About how long one thread takes for one number. */
const NANOSECONDS: Record<RandomKernel['distribution'], number> = { uniform: 9, dropout: 9, normal: 24 };

export function randomProgram(machine: Machine, { distribution, size }: RandomKernel): Program {
  const native = machine.module(`random ${distribution}`, (module) => writeRandom(module, distribution)).run!;
  const nanoseconds = size * NANOSECONDS[distribution];
  const ranges = machine.split(size, nanoseconds, 4);
  return ([output], [keyLow, keyHigh, offsetLow, offsetHigh, p = 0]) => {
    const calls = ranges.map(({ start, length }) => {
      const block = offsetLow! + start / 4;
      return [
        output! + start * ELEMENT_BYTES,
        length,
        keyLow!,
        keyHigh!,
        block % 2 ** 32,
        offsetHigh! + Math.floor(block / 2 ** 32),
        // A multiple of 2⁻²⁴ is below p when its numerator is below this.
        Math.ceil(p / UNIT),
        1 / (1 - p),
      ];
    });
    machine.run({ native, calls, nanoseconds });
  };
}
