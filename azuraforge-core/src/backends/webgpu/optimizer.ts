import type { AdagradKernel, AdamKernel, RmspropKernel, SgdKernel } from '../../kernel.ts';
import type { Pass, Program } from './program.ts';
import { fixedProgram, gridFor, Shader } from './program.ts';

const WORKGROUP = 64;

type Scalar = (scalars: readonly number[]) => number;

/** What an update does with element `i` of one parameter; `buffers` are the names of its buffers. */
type Update = (buffers: readonly string[]) => string[];

/**
 * Updates as many parameters in one pass as a shader may have buffers: a thread looks up whose element it works on.
 * `prepare` makes the numbers that all of them share.
 */
function updatePasses(
  sizes: readonly number[],
  perParameter: number,
  maxBuffers: number,
  prepare: (shader: Shader) => string[],
  update: Update,
): Pass[] {
  const perPass = Math.floor(maxBuffers / perParameter);
  const passes: Pass[] = [];
  for (let first = 0; first < sizes.length; first += perPass) {
    const own = sizes.slice(first, first + perPass);
    const shader = new Shader();
    const body = [...prepare(shader), 'var i = thread;'];
    for (const [p, size] of own.entries()) {
      const names = Array.from({ length: perParameter }, (_, part) =>
        // The gradient is the second buffer of each parameter; the others are changed.
        shader.buffer((first + p) * perParameter + part, 'f32', part === 1 ? 'read' : 'read_write'),
      );
      const length = shader.uint(size);
      body.push(`if (i < ${length}) {`, ...update(names), 'return;', '}', `i -= ${length};`);
    }
    const elements = own.reduce((sum, size) => sum + size, 0);
    passes.push(shader.pass(body, gridFor(elements, WORKGROUP)));
  }
  return passes;
}

function sgdNumbers(shader: Shader): string[] {
  const number = (from: Scalar): string => shader.float(from);
  return [
    `let rate = ${number(([lr]) => lr!)};`,
    `let momentum = ${number(([, momentum]) => momentum!)};`,
    `let growth = ${number(([, , dampening]) => 1 - dampening!)};`,
    `let decay = ${number(([, , , weightDecay]) => weightDecay!)};`,
  ];
}

export function sgdProgram(kernel: SgdKernel, maxBuffers: number): Program {
  const { sizes, momentum: hasMomentum, nesterov } = kernel;
  const update: Update = ([parameter, gradient, velocity]) => [
    `let slope = ${gradient}[i] + decay * ${parameter}[i];`,
    ...(velocity === undefined
      ? ['let step = slope;']
      : [
          `let speed = momentum * ${velocity}[i] + growth * slope;`,
          `${velocity}[i] = speed;`,
          nesterov ? 'let step = slope + momentum * speed;' : 'let step = speed;',
        ]),
    `${parameter}[i] = ${parameter}[i] - rate * step;`,
  ];
  return fixedProgram(updatePasses(sizes, hasMomentum ? 3 : 2, maxBuffers, sgdNumbers, update));
}

export function adamProgram({ sizes, decoupled }: AdamKernel, maxBuffers: number): Program {
  // Scalars: lr, beta1, beta2, eps, weightDecay, correction1, correction2. What can be worked out before is, in 64 bits.
  const prepare = (shader: Shader): string[] => {
    const number = (from: Scalar): string => shader.float(from);
    return [
      `let beta1 = ${number((s) => s[1]!)};`,
      `let beta2 = ${number((s) => s[2]!)};`,
      `let rest1 = ${number((s) => 1 - s[1]!)};`,
      `let rest2 = ${number((s) => 1 - s[2]!)};`,
      `let eps = ${number((s) => s[3]!)};`,
      `let decay = ${number((s) => (decoupled ? 1 - s[0]! * s[4]! : s[4]!))};`,
      `let rate = ${number((s) => s[0]! / s[5]!)};`,
      `let root = ${number((s) => Math.sqrt(s[6]!))};`,
    ];
  };
  const update: Update = ([parameter, gradient, first, second]) => [
    decoupled ? `let value = ${parameter}[i] * decay;` : `let value = ${parameter}[i];`,
    decoupled ? `let slope = ${gradient}[i];` : `let slope = ${gradient}[i] + decay * value;`,
    `let m = beta1 * ${first}[i] + rest1 * slope;`,
    `let v = beta2 * ${second}[i] + rest2 * slope * slope;`,
    `${first}[i] = m;`,
    `${second}[i] = v;`,
    `${parameter}[i] = value - (rate * m) / (sqrt(v) / root + eps);`,
  ];
  return fixedProgram(updatePasses(sizes, 4, maxBuffers, prepare, update));
}

export function rmspropProgram(kernel: RmspropKernel, maxBuffers: number): Program {
  const { sizes, centered, momentum: hasMomentum } = kernel;
  const update: Update = ([parameter, gradient, squares, ...rest]) => {
    const means = centered ? rest[0] : undefined;
    const velocity = hasMomentum ? rest.at(-1) : undefined;
    return [
      `let slope = ${gradient}[i] + decay * ${parameter}[i];`,
      `let square = alpha * ${squares}[i] + growth * slope * slope;`,
      `${squares}[i] = square;`,
      ...(means === undefined
        ? ['let spread = square;']
        : [
            `let mean = alpha * ${means}[i] + growth * slope;`,
            `${means}[i] = mean;`,
            'let spread = square - mean * mean;',
          ]),
      'var step = slope / (sqrt(spread) + eps);',
      ...(velocity === undefined ? [] : [`step += momentum * ${velocity}[i];`, `${velocity}[i] = step;`]),
      `${parameter}[i] = ${parameter}[i] - rate * step;`,
    ];
  };
  const perParameter = 3 + (centered ? 1 : 0) + (hasMomentum ? 1 : 0);
  return fixedProgram(updatePasses(sizes, perParameter, maxBuffers, rmspropNumbers, update));
}

function rmspropNumbers(shader: Shader): string[] {
  const number = (from: Scalar): string => shader.float(from);
  return [
    `let rate = ${number(([lr]) => lr!)};`,
    `let alpha = ${number(([, alpha]) => alpha!)};`,
    `let growth = ${number(([, alpha]) => 1 - alpha!)};`,
    `let eps = ${number(([, , eps]) => eps!)};`,
    `let decay = ${number(([, , , weightDecay]) => weightDecay!)};`,
    `let momentum = ${number(([, , , , momentum]) => momentum!)};`,
  ];
}

const updateAdagrad: Update = ([parameter, gradient, squares]) => [
  `let slope = ${gradient}[i] + decay * ${parameter}[i];`,
  `let sum = ${squares}[i] + slope * slope;`,
  `${squares}[i] = sum;`,
  `${parameter}[i] = ${parameter}[i] - (rate * slope) / (sqrt(sum) + eps);`,
];

export function adagradProgram({ sizes }: AdagradKernel, maxBuffers: number): Program {
  return fixedProgram(updatePasses(sizes, 3, maxBuffers, adagradNumbers, updateAdagrad));
}

function adagradNumbers(shader: Shader): string[] {
  const number = (from: Scalar): string => shader.float(from);
  return [
    `let rate = ${number(([lr]) => lr!)};`,
    `let eps = ${number(([, eps]) => eps!)};`,
    `let decay = ${number(([, , weightDecay]) => weightDecay!)};`,
  ];
}
