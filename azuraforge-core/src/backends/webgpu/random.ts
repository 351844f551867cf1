import type { RandomKernel } from '../../kernel.ts';
import { mathFunctions, polynomial } from './math.ts';
import type { Program } from './program.ts';
import { fixedProgram, gridFor, Shader } from './program.ts';

const WORKGROUP = 64;
const UNIT = 2 ** -24;

/** Philox 4x32-10, as in src/random.ts. WGSL has no product of 64 bits: it is put together from halves. */
const PHILOX = `
fn high_product(a: u32, b: u32) -> u32 {
  let low = (a & 0xffffu) * (b & 0xffffu);
  let middle = (a >> 16u) * (b & 0xffffu) + (low >> 16u);
  let crossed = (a & 0xffffu) * (b >> 16u) + (middle & 0xffffu);
  return (a >> 16u) * (b >> 16u) + (middle >> 16u) + (crossed >> 16u);
}
fn philox(block_low: u32, block_high: u32, key_low: u32, key_high: u32) -> vec4<u32> {
  var c = vec4<u32>(block_low, block_high, 0u, 0u);
  var key = vec2<u32>(key_low, key_high);
  for (var round = 0; round < 10; round++) {
    let high0 = high_product(0xd2511f53u, c.x);
    let high1 = high_product(0xcd9e8d57u, c.z);
    c = vec4<u32>(high1 ^ c.y ^ key.x, 0xcd9e8d57u * c.z, high0 ^ c.w ^ key.y, 0xd2511f53u * c.x);
    key += vec2<u32>(0x9e3779b9u, 0xbb67ae85u);
  }
  return c;
}`;

/** Taylor's series, which end in the last place of 32 bits for angles up to π/4. */
const SINE = [1, -1 / 6, 1 / 120, -1 / 5040, 1 / 362880];
const COSINE = [1, -1 / 2, 1 / 24, -1 / 720, 1 / 40320, -1 / 3628800];

/** (cos, sin) of 2π·turn for 0 ≤ turn < 1: the turn is first taken off the nearest quarter, which is exact. */
const CIRCLE = `
fn circle(turn: f32) -> vec2<f32> {
  let quarter = round(turn * 4.0);
  let angle = (turn - quarter * 0.25) * ${Math.fround(2 * Math.PI)}f;
  let square = angle * angle;
  let s = angle * ${polynomial('square', SINE)};
  let c = ${polynomial('square', COSINE)};
  let turned = vec4<f32>(c, s, -c, -s);
  let q = u32(quarter);
  return vec2<f32>(turned[(4u - q) & 3u], turned[(5u - q) & 3u]);
}
fn normal_pair(first: f32, second: f32) -> vec2<f32> {
  return sqrt(-2.0 * log_of(1.0 - first)) * circle(second);
}`;

/** One thread per block of four numbers. */
export function randomProgram({ distribution, size }: RandomKernel): Program {
  const shader = new Shader();
  shader.include(PHILOX);
  const to = shader.buffer(0, 'f32', 'read_write');
  const [keyLow, keyHigh, offsetLow, offsetHigh] = [0, 1, 2, 3].map((i) =>
    shader.uint((scalars) => scalars[i]!),
  );
  const blocks = Math.ceil(size / 4);
  const body = [
    `if (thread >= ${shader.uint(blocks)}) { return; }`,
    `let low = ${offsetLow} + thread;`,
    `let bits = philox(low, ${offsetHigh} + select(0u, 1u, low < thread), ${keyLow}, ${keyHigh}) >> vec4<u32>(8u);`,
  ];
  if (distribution === 'dropout') {
    // A multiple of 2⁻²⁴ is below p when its numerator is below this.
    const threshold = shader.uint((scalars) => Math.ceil(scalars[4]! / UNIT));
    const survivor = shader.float((scalars) => 1 / (1 - scalars[4]!));
    body.push(
      `let numbers = select(vec4<f32>(${survivor}), vec4<f32>(0.0), bits < vec4<u32>(${threshold}));`,
    );
  } else {
    body.push(`let uniform_numbers = vec4<f32>(bits) * ${UNIT}f;`);
    if (distribution === 'uniform') {
      body.push('let numbers = uniform_numbers;');
    } else {
      for (const text of mathFunctions(['log_of'], 1)) shader.include(text);
      shader.include(CIRCLE);
      body.push(
        'let numbers = vec4<f32>(normal_pair(uniform_numbers.x, uniform_numbers.y), normal_pair(uniform_numbers.z, uniform_numbers.w));',
      );
    }
  }
  body.push(
    `let count = min(4u, ${shader.uint(size)} - thread * 4u);`,
    `for (var i = 0u; i < count; i++) { ${to}[thread * 4u + i] = numbers[i]; }`,
  );
  return fixedProgram([shader.pass(body, gridFor(blocks, WORKGROUP))]);
}
