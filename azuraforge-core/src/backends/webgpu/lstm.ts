import type { LstmBackwardKernel, LstmForwardKernel } from '../../kernel.ts';
import { mathFunctions } from './math.ts';
import type { Lanes } from './product.ts';
import type { Pass, Program } from './program.ts';
import { fixedProgram, Shader } from './program.ts';
import type { Sums } from './recurrence.ts';
import { stepPass, throughWeight } from './recurrence.ts';

/** One pass per step; the sums of the gates wait in the buffer where the gates come to lie. */
export function lstmForwardProgram(kernel: LstmForwardKernel, lanes: Lanes): Program {
  const step = (t: number): Pass => {
    const shader = new Shader();
    for (const text of mathFunctions(['sigmoid_of', 'tanh_of'], 1)) shader.include(text);
    const [projection, weight] = [shader.buffer(0, 'f32'), shader.buffer(1, 'f32')];
    // The first step starts from the given state, the others from what the step before wrote.
    const isFirst = t === 0;
    const start = isFirst ? [shader.buffer(2, 'f32'), shader.buffer(3, 'f32')] : null;
    const [output, gates, cells] = [4, 5, 6].map((slot) => shader.buffer(slot, 'f32', 'read_write'));
    const [hiddenBefore, cellBefore] = start ?? [output, cells];
    const before = (b: string): string => (isFirst ? b : `(${b} * steps + t - 1u)`);
    const sums: Sums = {
      gates: 4,
      depth: 'hidden',
      row: (b, depth) => `${hiddenBefore}[${before(b)} * hidden + ${depth}]`,
      column: (gate, j, depth) => `${weight}[(${gate} * hidden + ${j}) * hidden + ${depth}]`,
      target: (b, j, gate) => `${gates}[((${b} * steps + t) * 4u + ${gate}) * hidden + ${j}]`,
    };
    return stepPass(shader, kernel, t, lanes, sums, [
      'let unit = (b * steps + t) * hidden + j;',
      'let at = (b * steps + t) * 4u * hidden + j;',
      `let input_gate = sigmoid_of(${projection}[at] + ${gates}[at]);`,
      `let forget_gate = sigmoid_of(${projection}[at + hidden] + ${gates}[at + hidden]);`,
      `let candidate = tanh_of(${projection}[at + 2u * hidden] + ${gates}[at + 2u * hidden]);`,
      `let output_gate = sigmoid_of(${projection}[at + 3u * hidden] + ${gates}[at + 3u * hidden]);`,
      `let cell = forget_gate * ${cellBefore}[${before('b')} * hidden + j] + input_gate * candidate;`,
      `${gates}[at] = input_gate;`,
      `${gates}[at + hidden] = forget_gate;`,
      `${gates}[at + 2u * hidden] = candidate;`,
      `${gates}[at + 3u * hidden] = output_gate;`,
      `${cells}[unit] = cell;`,
      `${output}[unit] = output_gate * tanh_of(cell);`,
    ]);
  };
  return fixedProgram(Array.from({ length: kernel.steps }, (_, t) => step(t)));
}

/** One pass per step from the last to the first, and one for the state before the first. */
export function lstmBackwardProgram(kernel: LstmBackwardKernel, lanes: Lanes): Program {
  const { steps } = kernel;
  const step = (t: number): Pass => {
    const shader = new Shader();
    for (const text of mathFunctions(['tanh_of'], 1)) shader.include(text);
    const [isLast, isFirst] = [t === steps - 1, t === 0];
    const gradOutput = shader.buffer(0, 'f32');
    const end = isLast ? [shader.buffer(1, 'f32'), shader.buffer(2, 'f32')] : null;
    const weight = isLast ? null : shader.buffer(3, 'f32');
    const [gates, cells] = [shader.buffer(4, 'f32'), shader.buffer(5, 'f32')];
    const cellBefore = isFirst ? shader.buffer(6, 'f32') : cells;
    const gradProjection = shader.buffer(7, 'f32', 'read_write');
    // The gradients of the state are handed on in the buffers that end as those of h0 and c0.
    const [gradHidden, gradCell] = [8, 9].map((slot) => shader.buffer(slot, 'f32', 'read_write'));
    const [hiddenAfter, cellAfter] = end ?? [gradHidden, gradCell];
    const sums =
      weight === null
        ? null
        : throughWeight(gradProjection, (b) => `(${b} * steps + t + 1u)`, weight, 4, gradHidden!);
    return stepPass(shader, kernel, t, lanes, sums, [
      'let state = b * hidden + j;',
      'let unit = (b * steps + t) * hidden + j;',
      'let at = (b * steps + t) * 4u * hidden + j;',
      `let input_gate = ${gates}[at];`,
      `let forget_gate = ${gates}[at + hidden];`,
      `let candidate = ${gates}[at + 2u * hidden];`,
      `let output_gate = ${gates}[at + 3u * hidden];`,
      `let cell_tanh = tanh_of(${cells}[unit]);`,
      `let grad_hidden = ${hiddenAfter}[state] + ${gradOutput}[unit];`,
      `let grad_cell = ${cellAfter}[state] + grad_hidden * output_gate * (1.0 - cell_tanh * cell_tanh);`,
      `let before = ${cellBefore}[${isFirst ? 'state' : 'unit - hidden'}];`,
      `${gradProjection}[at] = grad_cell * candidate * input_gate * (1.0 - input_gate);`,
      `${gradProjection}[at + hidden] = grad_cell * before * forget_gate * (1.0 - forget_gate);`,
      `${gradProjection}[at + 2u * hidden] = grad_cell * input_gate * (1.0 - candidate * candidate);`,
      `${gradProjection}[at + 3u * hidden] = grad_hidden * cell_tanh * output_gate * (1.0 - output_gate);`,
      `${gradCell}[state] = grad_cell * forget_gate;`,
    ]);
  };
  const ending = (): Pass => {
    const shader = new Shader();
    const [weight, gradProjection] = [shader.buffer(3, 'f32'), shader.buffer(7, 'f32')];
    const gradHidden = shader.buffer(8, 'f32', 'read_write');
    const sums = throughWeight(gradProjection, (b) => `${b} * steps`, weight, 4, gradHidden);
    return stepPass(shader, kernel, 0, lanes, sums, []);
  };
  return fixedProgram([...Array.from({ length: steps }, (_, i) => step(steps - 1 - i)), ending()]);
}
