import type { AdagradKernel, AdamKernel, RmspropKernel, SgdKernel } from '../../kernel.ts';
import type { FunctionBuilder, Local } from './assembler.ts';
import type { Code, ValueType } from './instruction.ts';
import { f32, f32x4 } from './instruction.ts';
import type { Machine, NativeFunction } from './machine.ts';
import { cursorsOf, emitNest, nestParameters, planLoops, splitLoops } from './nest.ts';
import type { Program } from './program.ts';
import { relocated } from './program.ts';
import { ELEMENT_BYTES } from './elementwise.ts';

/** Writes the update of the next elements: `values` hold what was loaded, and afterwards what is stored. */
type Update = (f: FunctionBuilder, values: readonly Local[], scalars: readonly Local[]) => Code;

/** A function over contiguous arrays of one length, which reads all and writes all. */
function arrayFunction(
  machine: Machine,
  key: string,
  arrays: number,
  scalarCount: number,
  update: Update,
): NativeFunction {
  const native = machine.module(key, (builder) => {
    const loops = nestParameters(1, arrays);
    const numbers = Array.from({ length: scalarCount }, (): ValueType => 'f64');
    builder.define(
      [...loops, ...numbers],
      [],
      (f) => {
        const step = { step: 'next', elementBytes: ELEMENT_BYTES } as const;
        const cursors = cursorsOf(
          f,
          1,
          Array.from({ length: arrays }, () => step),
        );
        const scalars = f.parameters
          .slice(loops.length)
          .map((scalar) => f.once('v128', f32x4.splat(f32.demoteF64(scalar.get))));
        const values = cursors.map(() => f.local('v128'));
        const body = (count: 1 | 4): Code => [
          cursors.map((cursor, i) => values[i]!.set(cursor.loadVector(count))),
          update(f, values, scalars),
          cursors.map((cursor, i) => cursor.storeVector(count, values[i]!)),
        ];
        return emitNest(f, { rank: 1, cursors, body, isVector: true });
      },
      'run',
    );
  });
  return native.run!;
}

/** About how long one thread takes for the update of one number. */
const UPDATE_NANOSECONDS = 0.8;

/** Calls the function over every parameter tensor. */
function overParameters(machine: Machine, sizes: readonly number[], arrays: number, native: NativeFunction) {
  const walks = Array.from({ length: arrays }, () => ({ strides: [1], elementBytes: ELEMENT_BYTES }));
  const plans = sizes.map((size) => {
    const plan = planLoops([size], walks);
    return { plan, parts: splitLoops(machine, plan, size * UPDATE_NANOSECONDS) };
  });
  const nanoseconds = sizes.reduce((sum, size) => sum + size, 0) * UPDATE_NANOSECONDS;
  return (pointers: readonly number[], scalars: readonly number[]): void => {
    const calls = plans.flatMap(({ plan, parts }, i) => {
      const own = pointers.slice(i * arrays, (i + 1) * arrays);
      return parts.map((part) => relocated(part, plan.pointerAt, own, scalars));
    });
    machine.run({ native, calls, nanoseconds, isRepeatable: false });
  };
}

export function sgdProgram(machine: Machine, kernel: SgdKernel): Program {
  const { sizes, momentum: hasMomentum, nesterov } = kernel;
  const arrays = hasMomentum ? 3 : 2;
  const key = `sgd ${hasMomentum} ${nesterov}`;
  const update: Update = (f, [parameter, gradient, velocity], [lr, momentum, taken, decay]) => {
    const [slope, step] = [f.local('v128'), f.local('v128')];
    const withDecay = f32x4.add(gradient!.get, f32x4.mul(decay!.get, parameter!.get));
    const move = parameter!.set(f32x4.sub(parameter!.get, f32x4.mul(lr!.get, step.get)));
    if (velocity === undefined) return [step.set(withDecay), move];
    const speed = f32x4.add(f32x4.mul(momentum!.get, velocity.get), f32x4.mul(taken!.get, slope.get));
    const ahead = f32x4.add(slope.get, f32x4.mul(momentum!.get, velocity.get));
    return [slope.set(withDecay), velocity.set(speed), step.set(nesterov ? ahead : velocity.get), move];
  };
  const run = overParameters(machine, sizes, arrays, arrayFunction(machine, key, arrays, 4, update));
  return (pointers, [lr, momentum, dampening, weightDecay]) =>
    run(pointers, [lr!, momentum!, 1 - dampening!, weightDecay!]);
}

export function adamProgram(machine: Machine, { sizes, decoupled }: AdamKernel): Program {
  const update: Update = (f, [parameter, gradient, first, second], scalars) => {
    const [decay, beta1, rest1, beta2, rest2, step, root, eps] = scalars.map((scalar) => scalar.get);
    const slope = f.local('v128');
    const prepare = decoupled
      ? [slope.set(gradient!.get), parameter!.set(f32x4.mul(parameter!.get, decay!))]
      : slope.set(f32x4.add(gradient!.get, f32x4.mul(decay!, parameter!.get)));
    const square = f32x4.mul(f32x4.mul(rest2!, slope.get), slope.get);
    const size = f32x4.add(f32x4.div(f32x4.sqrt(second!.get), root!), eps!);
    return [
      prepare,
      first!.set(f32x4.add(f32x4.mul(beta1!, first!.get), f32x4.mul(rest1!, slope.get))),
      second!.set(f32x4.add(f32x4.mul(beta2!, second!.get), square)),
      parameter!.set(f32x4.sub(parameter!.get, f32x4.div(f32x4.mul(step!, first!.get), size))),
    ];
  };
  const run = overParameters(machine, sizes, 4, arrayFunction(machine, `adam ${decoupled}`, 4, 8, update));
  return (pointers, [lr, beta1, beta2, eps, weightDecay, correction1, correction2]) =>
    run(pointers, [
      decoupled ? 1 - lr! * weightDecay! : weightDecay!,
      beta1!,
      1 - beta1!,
      beta2!,
      1 - beta2!,
      lr! / correction1!,
      Math.sqrt(correction2!),
      eps!,
    ]);
}

export function rmspropProgram(machine: Machine, kernel: RmspropKernel): Program {
  const { sizes, centered, momentum: hasMomentum } = kernel;
  const arrays = 3 + (centered ? 1 : 0) + (hasMomentum ? 1 : 0);
  const update: Update = (f, values, scalars) => {
    const [parameter, gradient, squares] = values;
    const [lr, alpha, rest, eps, decay, momentum] = scalars.map((scalar) => scalar.get);
    const [slope, spread, step] = [f.local('v128'), f.local('v128'), f.local('v128')];
    const blend = (mean: Local, value: Code): Code =>
      mean.set(f32x4.add(f32x4.mul(alpha!, mean.get), f32x4.mul(rest!, value)));
    const mean = centered ? values[3]! : null;
    const velocity = hasMomentum ? values.at(-1)! : null;
    return [
      slope.set(f32x4.add(gradient!.get, f32x4.mul(decay!, parameter!.get))),
      blend(squares!, f32x4.mul(slope.get, slope.get)),
      spread.set(squares!.get),
      mean === null
        ? []
        : [blend(mean, slope.get), spread.set(f32x4.sub(spread.get, f32x4.mul(mean.get, mean.get)))],
      step.set(f32x4.div(slope.get, f32x4.add(f32x4.sqrt(spread.get), eps!))),
      velocity === null
        ? []
        : [step.set(f32x4.add(step.get, f32x4.mul(momentum!, velocity.get))), velocity.set(step.get)],
      parameter!.set(f32x4.sub(parameter!.get, f32x4.mul(lr!, step.get))),
    ];
  };
  const key = `rmsprop ${centered} ${hasMomentum}`;
  const run = overParameters(machine, sizes, arrays, arrayFunction(machine, key, arrays, 6, update));
  return (pointers, [lr, alpha, eps, weightDecay, momentum]) =>
    run(pointers, [lr!, alpha!, 1 - alpha!, eps!, weightDecay!, momentum!]);
}

const updateAdagrad: Update = (f, [parameter, gradient, squares], scalars) => {
  const [lr, eps, decay] = scalars.map((scalar) => scalar.get);
  const slope = f.local('v128');
  const size = f32x4.add(f32x4.sqrt(squares!.get), eps!);
  return [
    slope.set(f32x4.add(gradient!.get, f32x4.mul(decay!, parameter!.get))),
    squares!.set(f32x4.add(squares!.get, f32x4.mul(slope.get, slope.get))),
    parameter!.set(f32x4.sub(parameter!.get, f32x4.div(f32x4.mul(lr!, slope.get), size))),
  ];
};

export function adagradProgram(machine: Machine, { sizes }: AdagradKernel): Program {
  return overParameters(machine, sizes, 3, arrayFunction(machine, 'adagrad', 3, 3, updateAdagrad));
}
