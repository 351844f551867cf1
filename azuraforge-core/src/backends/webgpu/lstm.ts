import type { LstmBackwardKernel, LstmForwardKernel } from '../../kernel.ts';
import { mathFunctions } from './math.ts';
import type { Pass, Program } from './program.ts';
import { fixedProgram, gridFor, Shader } from './program.ts';

const WORKGROUP = 64;

/** Statements that give each thread its sequence `b` and unit `j`, and the lengths that all steps share. */
export function eachUnit(shader: Shader, batch: number, steps: number, hidden: number): string[] {
  return [
    `let hidden = ${shader.uint(hidden)};`,
    `let steps = ${shader.uint(steps)};`,
    `if (thread >= ${shader.uint(batch)} * hidden) { return; }`,
    'let b = thread / hidden;',
    'let j = thread % hidden;',
  ];
}

/** One pass per step; a thread makes the four sums of one unit and works them up at once. */
export function lstmForwardProgram({ batch, steps, hidden }: LstmForwardKernel): Program {
  const step = (t: number): Pass => {
    const shader = new Shader();
    for (const text of mathFunctions(['sigmoid_of', 'tanh_of'], 1)) shader.include(text);
    const [projection, weight] = [shader.buffer(0, 'f32'), shader.buffer(1, 'f32')];
    // The first step starts from the given state, the others from what the step before wrote.
    const isFirst = t === 0;
    const [hiddenBefore, cellBefore] = isFirst
      ? [shader.buffer(2, 'f32'), shader.buffer(3, 'f32')]
      : [null, null];
    const [output, gates, cells] = [4, 5, 6].map((slot) => shader.buffer(slot, 'f32', 'read_write'));
    const body = [
      ...eachUnit(shader, batch, steps, hidden),
      `let row = b * steps + ${shader.uint(t)};`,
      `let before = ${isFirst ? 'b' : '(row - 1u)'} * hidden;`,
      'let at = row * 4u * hidden + j;',
      ...[0, 1, 2, 3].map((gate) => `var sum${gate} = ${projection}[at + ${gate}u * hidden];`),
      'for (var i = 0u; i < hidden; i++) {',
      `let h = ${hiddenBefore ?? output}[before + i];`,
      ...[0, 1, 2, 3].map((gate) => `sum${gate} += h * ${weight}[(${gate}u * hidden + j) * hidden + i];`),
      '}',
      'let input_gate = sigmoid_of(sum0);',
      'let forget_gate = sigmoid_of(sum1);',
      'let candidate = tanh_of(sum2);',
      'let output_gate = sigmoid_of(sum3);',
      `let cell = forget_gate * ${cellBefore ?? cells}[before + j] + input_gate * candidate;`,
      `${gates}[at] = input_gate;`,
      `${gates}[at + hidden] = forget_gate;`,
      `${gates}[at + 2u * hidden] = candidate;`,
      `${gates}[at + 3u * hidden] = output_gate;`,
      `${cells}[row * hidden + j] = cell;`,
      `${output}[row * hidden + j] = output_gate * tanh_of(cell);`,
    ];
    return shader.pass(body, gridFor(batch * hidden, WORKGROUP));
  };
  return fixedProgram(Array.from({ length: steps }, (_, t) => step(t)));
}

/** `start` and Σ gradients[step after]·weight over all gates: the gradient that reaches unit j of the step before. */
export function throughWeight(
  gradients: string,
  weight: string,
  row: string,
  gates: 3 | 4,
  start: string,
): string[] {
  return [
    `var from_next = ${start};`,
    `for (var i = 0u; i < ${gates}u * hidden; i++) { from_next += ${gradients}[${row} * ${gates}u * hidden + i] * ${weight}[i * hidden + j]; }`,
  ];
}

/** One pass per step from the last to the first, and one for the state before the first. */
export function lstmBackwardProgram({ batch, steps, hidden }: LstmBackwardKernel): Program {
  const step = (t: number): Pass => {
    const shader = new Shader();
    for (const text of mathFunctions(['tanh_of'], 1)) shader.include(text);
    const isLast = t === steps - 1;
    const gradOutput = shader.buffer(0, 'f32');
    const [gradLastHidden, gradLastCell] = isLast
      ? [shader.buffer(1, 'f32'), shader.buffer(2, 'f32')]
      : [null, null];
    const weight = isLast ? null : shader.buffer(3, 'f32');
    const [gates, cells] = [shader.buffer(4, 'f32'), shader.buffer(5, 'f32')];
    const cellBefore = t === 0 ? shader.buffer(6, 'f32') : cells;
    const gradProjection = shader.buffer(7, 'f32', 'read_write');
    // The gradient of the cell is handed on in the buffer that ends as the one of c0.
    const gradCell = shader.buffer(9, 'f32', 'read_write');
    const body = [
      ...eachUnit(shader, batch, steps, hidden),
      `let row = b * steps + ${shader.uint(t)};`,
      'let unit = row * hidden + j;',
      'let at = row * 4u * hidden + j;',
      ...(isLast
        ? [`let from_next = ${gradLastHidden}[thread];`]
        : throughWeight(gradProjection, weight!, '(row + 1u)', 4, '0.0f')),
      `let input_gate = ${gates}[at];`,
      `let forget_gate = ${gates}[at + hidden];`,
      `let candidate = ${gates}[at + 2u * hidden];`,
      `let output_gate = ${gates}[at + 3u * hidden];`,
      `let cell_tanh = tanh_of(${cells}[unit]);`,
      `let grad_hidden = from_next + ${gradOutput}[unit];`,
      `let grad_cell = ${gradLastCell ?? gradCell}[thread] + grad_hidden * output_gate * (1.0 - cell_tanh * cell_tanh);`,
      `let before = ${cellBefore}[${t === 0 ? 'thread' : 'unit - hidden'}];`,
      `${gradProjection}[at] = grad_cell * candidate * input_gate * (1.0 - input_gate);`,
      `${gradProjection}[at + hidden] = grad_cell * before * forget_gate * (1.0 - forget_gate);`,
      `${gradProjection}[at + 2u * hidden] = grad_cell * input_gate * (1.0 - candidate * candidate);`,
      `${gradProjection}[at + 3u * hidden] = grad_hidden * cell_tanh * output_gate * (1.0 - output_gate);`,
      `${gradCell}[thread] = grad_cell * forget_gate;`,
    ];
    return shader.pass(body, gridFor(batch * hidden, WORKGROUP));
  };
  const ending = (): Pass => {
    const shader = new Shader();
    const [weight, gradProjection] = [shader.buffer(3, 'f32'), shader.buffer(7, 'f32')];
    const gradHidden = shader.buffer(8, 'f32', 'read_write');
    const body = [
      ...eachUnit(shader, batch, steps, hidden),
      ...throughWeight(gradProjection, weight, '(b * steps)', 4, '0.0f'),
      `${gradHidden}[thread] = from_next;`,
    ];
    return shader.pass(body, gridFor(batch * hidden, WORKGROUP));
  };
  return fixedProgram([...Array.from({ length: steps }, (_, i) => step(steps - 1 - i)), ending()]);
}
