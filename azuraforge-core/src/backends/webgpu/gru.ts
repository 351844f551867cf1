import type { GruBackwardKernel, GruForwardKernel } from '../../kernel.ts';
import { eachUnit, throughWeight } from './lstm.ts';
import { mathFunctions } from './math.ts';
import type { Pass, Program } from './program.ts';
import { fixedProgram, gridFor, Shader } from './program.ts';

const WORKGROUP = 64;

/** One pass per step; a thread makes the three sums of one unit and works them up at once. */
export function gruForwardProgram({ batch, steps, hidden }: GruForwardKernel): Program {
  const step = (t: number): Pass => {
    const shader = new Shader();
    for (const text of mathFunctions(['sigmoid_of', 'tanh_of'], 1)) shader.include(text);
    const [projection, weight, bias] = [0, 1, 2].map((slot) => shader.buffer(slot, 'f32'));
    // The first step starts from the given state, the others from what the step before wrote.
    const isFirst = t === 0;
    const start = isFirst ? shader.buffer(3, 'f32') : null;
    const [output, gates] = [4, 5].map((slot) => shader.buffer(slot, 'f32', 'read_write'));
    const before = start ?? output;
    const body = [
      ...eachUnit(shader, batch, steps, hidden),
      `let row = b * steps + ${shader.uint(t)};`,
      `let before = ${isFirst ? 'b' : '(row - 1u)'} * hidden;`,
      'let from_unit = row * 3u * hidden + j;',
      'let to_unit = row * 4u * hidden + j;',
      ...[0, 1, 2].map((gate) => `var sum${gate} = ${bias}[${gate}u * hidden + j];`),
      'for (var i = 0u; i < hidden; i++) {',
      `let h = ${before}[before + i];`,
      ...[0, 1, 2].map((gate) => `sum${gate} += h * ${weight}[(${gate}u * hidden + j) * hidden + i];`),
      '}',
      `let reset = sigmoid_of(${projection}[from_unit] + sum0);`,
      `let update = sigmoid_of(${projection}[from_unit + hidden] + sum1);`,
      `let candidate = tanh_of(${projection}[from_unit + 2u * hidden] + reset * sum2);`,
      `${gates}[to_unit] = reset;`,
      `${gates}[to_unit + hidden] = update;`,
      `${gates}[to_unit + 2u * hidden] = candidate;`,
      `${gates}[to_unit + 3u * hidden] = sum2;`,
      `${output}[row * hidden + j] = (1.0 - update) * candidate + update * ${before}[before + j];`,
    ];
    return shader.pass(body, gridFor(batch * hidden, WORKGROUP));
  };
  return fixedProgram(Array.from({ length: steps }, (_, t) => step(t)));
}

/** One pass per step from the last to the first, and one for the state before the first. */
export function gruBackwardProgram({ batch, steps, hidden }: GruBackwardKernel): Program {
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
    const body = [
      ...eachUnit(shader, batch, steps, hidden),
      `let row = b * steps + ${shader.uint(t)};`,
      'let unit = row * hidden + j;',
      'let gate = row * 4u * hidden + j;',
      'let at = row * 3u * hidden + j;',
      ...(isLast
        ? [`let from_next = ${gradLast}[thread];`]
        : throughWeight(gradHidden!, weight!, '(row + 1u)', 3, `${carried}[thread]`)),
      `let reset = ${gates}[gate];`,
      `let update = ${gates}[gate + hidden];`,
      `let candidate = ${gates}[gate + 2u * hidden];`,
      `let scaled = ${gates}[gate + 3u * hidden];`,
      `let before = ${before}[${t === 0 ? 'thread' : 'unit - hidden'}];`,
      `let gradient = from_next + ${gradOutput}[unit];`,
      'let grad_candidate = gradient * (1.0 - update) * (1.0 - candidate * candidate);',
      'let grad_reset = grad_candidate * scaled * reset * (1.0 - reset);',
      'let grad_update = gradient * (before - candidate) * update * (1.0 - update);',
      ...[gradProjection, gradHidden].flatMap((target, i) => [
        `${target}[at] = grad_reset;`,
        `${target}[at + hidden] = grad_update;`,
        `${target}[at + 2u * hidden] = grad_candidate${i === 0 ? '' : ' * reset'};`,
      ]),
      `${carried}[thread] = gradient * update;`,
    ];
    return shader.pass(body, gridFor(batch * hidden, WORKGROUP));
  };
  const ending = (): Pass => {
    const shader = new Shader();
    const [weight, gradHidden] = [shader.buffer(2, 'f32'), shader.buffer(7, 'f32')];
    const carried = shader.buffer(8, 'f32', 'read_write');
    const body = [
      ...eachUnit(shader, batch, steps, hidden),
      ...throughWeight(gradHidden, weight, '(b * steps)', 3, `${carried}[thread]`),
      `${carried}[thread] = from_next;`,
    ];
    return shader.pass(body, gridFor(batch * hidden, WORKGROUP));
  };
  return fixedProgram([...Array.from({ length: steps }, (_, i) => step(steps - 1 - i)), ending()]);
}
