import type { GruBackwardKernel, GruForwardKernel } from '../../kernel.ts';
import { mathFunctions } from './math.ts';
import type { Lanes } from './product.ts';
import type { Pass, Program } from './program.ts';
import { fixedProgram, Shader } from './program.ts';
import type { Sums } from './recurrence.ts';
import { stepPass, throughWeight } from './recurrence.ts';

/** One pass per step; the sums of a unit wait in the buffer where the gates come to lie. */
export function gruForwardProgram(kernel: GruForwardKernel, lanes: Lanes): Program {
  const step = (t: number): Pass => {
    const shader = new Shader();
    for (const text of mathFunctions(['sigmoid_of', 'tanh_of'], 1)) shader.include(text);
    const [projection, weight, bias] = [0, 1, 2].map((slot) => shader.buffer(slot, 'f32'));
    // The first step starts from the given state, the others from what the step before wrote.
    const isFirst = t === 0;
    const start = isFirst ? shader.buffer(3, 'f32') : null;
    const [output, gates] = [4, 5].map((slot) => shader.buffer(slot, 'f32', 'read_write'));
    const hiddenBefore = start ?? output;
    const before = (b: string): string => (isFirst ? b : `(${b} * steps + t - 1u)`);
    const sums: Sums = {
      gates: 3,
      depth: 'hidden',
      row: (b, depth) => `${hiddenBefore}[${before(b)} * hidden + ${depth}]`,
      column: (gate, j, depth) => `${weight}[(${gate} * hidden + ${j}) * hidden + ${depth}]`,
      target: (b, j, gate) => `${gates}[((${b} * steps + t) * 4u + ${gate}) * hidden + ${j}]`,
    };
    return stepPass(shader, kernel, t, lanes, sums, [
      'let row = b * steps + t;',
      'let from_unit = row * 3u * hidden + j;',
      'let to_unit = row * 4u * hidden + j;',
      ...[0, 1, 2].map(
        (gate) => `let sum${gate} = ${bias}[${gate}u * hidden + j] + ${gates}[to_unit + ${gate}u * hidden];`,
      ),
      `let reset = sigmoid_of(${projection}[from_unit] + sum0);`,
      `let update = sigmoid_of(${projection}[from_unit + hidden] + sum1);`,
      `let candidate = tanh_of(${projection}[from_unit + 2u * hidden] + reset * sum2);`,
      `${gates}[to_unit] = reset;`,
      `${gates}[to_unit + hidden] = update;`,
      `${gates}[to_unit + 2u * hidden] = candidate;`,
      `${gates}[to_unit + 3u * hidden] = sum2;`,
      `${output}[row * hidden + j] = (1.0 - update) * candidate + update * ${hiddenBefore}[${before('b')} * hidden + j];`,
    ]);
  };
  return fixedProgram(Array.from({ length: kernel.steps }, (_, t) => step(t)));
}

/** One pass per step from the last to the first, and one for the state before the first. */
export function gruBackwardProgram(kernel: GruBackwardKernel, lanes: Lanes): Program {
  const { batch, steps, hidden } = kernel;
  const step = (t: number): Pass => {
    const shader = new Shader();
    const isLast = t === steps - 1;
    const gradOutput = shader.buffer(0, 'f32');
    const [gradLast, weight] = isLast ? [shader.buffer(1, 'f32'), null] : [null, shader.buffer(2, 'f32')];
    const gates = shader.buffer(3, 'f32');
    const before = t === 0 ? shader.buffer(5, 'f32') : shader.buffer(4, 'f32');
    const [gradProjection, gradHidden, carried] = [6, 7, 8].map((slot) =>
      shader.buffer(slot, 'f32', 'read_write'),
    );
    // The part of the gradient that comes by the weight waits for the other one in a buffer of the program's own.
    const fromWeight = isLast ? null : shader.buffer(9, 'f32', 'read_write');
    const sums =
      weight === null
        ? null
        : throughWeight(gradHidden!, (b) => `(${b} * steps + t + 1u)`, weight, 3, fromWeight!);
    return stepPass(shader, kernel, t, lanes, sums, [
      'let state = b * hidden + j;',
      'let row = b * steps + t;',
      'let unit = row * hidden + j;',
      'let gate = row * 4u * hidden + j;',
      'let at = row * 3u * hidden + j;',
      `let from_next = ${isLast ? `${gradLast}[state]` : `${fromWeight}[state] + ${carried}[state]`};`,
      `let reset = ${gates}[gate];`,
      `let update = ${gates}[gate + hidden];`,
      `let candidate = ${gates}[gate + 2u * hidden];`,
      `let scaled = ${gates}[gate + 3u * hidden];`,
      `let before = ${before}[${t === 0 ? 'state' : 'unit - hidden'}];`,
      `let gradient = from_next + ${gradOutput}[unit];`,
      'let grad_candidate = gradient * (1.0 - update) * (1.0 - candidate * candidate);',
      'let grad_reset = grad_candidate * scaled * reset * (1.0 - reset);',
      'let grad_update = gradient * (before - candidate) * update * (1.0 - update);',
      ...[gradProjection, gradHidden].flatMap((target, i) => [
        `${target}[at] = grad_reset;`,
        `${target}[at + hidden] = grad_update;`,
        `${target}[at + 2u * hidden] = grad_candidate${i === 0 ? '' : ' * reset'};`,
      ]),
      `${carried}[state] = gradient * update;`,
    ]);
  };
  const ending = (): Pass => {
    const shader = new Shader();
    const [weight, gradHidden] = [shader.buffer(2, 'f32'), shader.buffer(7, 'f32')];
    const [carried, fromWeight] = [8, 9].map((slot) => shader.buffer(slot, 'f32', 'read_write'));
    const sums = throughWeight(gradHidden, (b) => `${b} * steps`, weight, 3, fromWeight!);
    return stepPass(shader, kernel, 0, lanes, sums, [
      'let state = b * hidden + j;',
      `${carried}[state] = ${fromWeight}[state] + ${carried}[state];`,
    ]);
  };
  const passes = [...Array.from({ length: steps }, (_, i) => step(steps - 1 - i)), ending()];
  return fixedProgram(passes, [batch * hidden * 4]);
}
