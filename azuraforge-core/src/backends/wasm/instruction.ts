/** Bytes of WebAssembly code, nested as they were put together; flattened once, when the module is written. */
export type Code = number | readonly Code[];

export type ValueType = 'i32' | 'i64' | 'f32' | 'f64' | 'v128';

type Operator1 = (x: Code) => Code;
type Operator2 = (a: Code, b: Code) => Code;
type Operator3 = (a: Code, b: Code, c: Code) => Code;

/** An unsigned number in LEB128. */
export function unsigned(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
  bytes.push(rest);
  return bytes;
}

/** A signed 32-bit number in LEB128. */
function signed(value: number): number[] {
  const bytes: number[] = [];
  let rest = value | 0;
  for (; rest < -0x40 || rest > 0x3f; rest >>= 7) bytes.push((rest & 0x7f) | 0x80);
  bytes.push(rest & 0x7f);
  return bytes;
}

const SIMD = 0xfd;

const one =
  (opcode: number): Operator1 =>
  (x) => [x, opcode];
const two =
  (opcode: number): Operator2 =>
  (a, b) => [a, b, opcode];
const simd1 =
  (opcode: number): Operator1 =>
  (x) => [x, SIMD, unsigned(opcode)];
const simd2 =
  (opcode: number): Operator2 =>
  (a, b) => [a, b, SIMD, unsigned(opcode)];
const simd3 =
  (opcode: number): Operator3 =>
  (a, b, c) => [a, b, c, SIMD, unsigned(opcode)];
/** Every access claims an alignment of one byte: a hint that engines ignore. */
const place = (offset: number): Code => [0, unsigned(offset)];
const load =
  (opcode: number) =>
  (address: Code, offset = 0): Code => [address, opcode, place(offset)];
const store =
  (opcode: number) =>
  (address: Code, value: Code, offset = 0): Code => [address, value, opcode, place(offset)];
const simdLoad =
  (opcode: number) =>
  (address: Code, offset = 0): Code => [address, SIMD, opcode, place(offset)];
const lane =
  (opcode: number) =>
  (x: Code, index: number): Code => [x, SIMD, opcode, index];
const replace =
  (opcode: number) =>
  (x: Code, index: number, value: Code): Code => [x, value, SIMD, opcode, index];

export const i32 = {
  const: (value: number): Code => [0x41, signed(value)],
  load: load(0x28),
  store: store(0x36),
  eqz: one(0x45),
  eq: two(0x46),
  ne: two(0x47),
  ltU: two(0x49),
  gtS: two(0x4a),
  geU: two(0x4f),
  add: two(0x6a),
  sub: two(0x6b),
  mul: two(0x6c),
  and: two(0x71),
  or: two(0x72),
  xor: two(0x73),
  shl: two(0x74),
  shrU: two(0x76),
  wrapI64: one(0xa7),
};

export const i64 = {
  const: (value: number): Code => [0x42, signed(value)],
  add: two(0x7c),
  mul: two(0x7e),
  or: two(0x84),
  shl: two(0x86),
  shrU: two(0x88),
  extendI32U: one(0xad),
  truncSatF64S: (x: Code): Code => [x, 0xfc, 6],
};

export const f32 = {
  load: load(0x2a),
  store: store(0x38),
  add: two(0x92),
  div: two(0x95),
  convertI32S: one(0xb2),
  demoteF64: one(0xb6),
};

function doubleBytes(value: number): number[] {
  return [...new Uint8Array(Float64Array.of(value).buffer)];
}

export const f64 = {
  const: (value: number): Code => [0x44, doubleBytes(value)],
  load: load(0x2b),
  store: store(0x39),
  eq: two(0x61),
  ne: two(0x62),
  lt: two(0x63),
  gt: two(0x64),
  le: two(0x65),
  ge: two(0x66),
  abs: one(0x99),
  neg: one(0x9a),
  sqrt: one(0x9f),
  add: two(0xa0),
  sub: two(0xa1),
  mul: two(0xa2),
  div: two(0xa3),
  min: two(0xa4),
  max: two(0xa5),
  convertI32S: one(0xb7),
  convertI32U: one(0xb8),
  promoteF32: one(0xbb),
};

export const v128 = {
  /** Sixteen bytes that are all 0. */
  zero: (): Code => [SIMD, 0x0c, Array.from({ length: 16 }, () => 0)],
  load: simdLoad(0x00),
  load32Splat: simdLoad(0x09),
  load32Zero: simdLoad(0x5c),
  /** Replaces 32-bit lane `index` of `x` by what lies at `address`. */
  load32Lane: (address: Code, x: Code, index: number): Code => [address, x, SIMD, 0x56, place(0), index],
  store: (address: Code, value: Code, offset = 0): Code => [address, value, SIMD, 0x0b, place(offset)],
  store32Lane: (address: Code, x: Code, index: number): Code => [address, x, SIMD, 0x5a, place(0), index],
  and: simd2(0x4e),
  or: simd2(0x50),
  /** Bits of `a` where the mask has ones, of `b` elsewhere. */
  select: simd3(0x52),
  /** Picks 32-bit lanes: 0 to 3 of `a`, 4 to 7 of `b`. */
  shuffle32: (a: Code, b: Code, lanes: readonly [number, number, number, number]): Code => [
    a,
    b,
    SIMD,
    0x0d,
    lanes.flatMap((index) => [0, 1, 2, 3].map((byte) => index * 4 + byte)),
  ],
};

export const i32x4 = {
  splat: simd1(0x11),
  replace: replace(0x1c),
  shl: simd2(0xab),
  shrS: simd2(0xac),
  add: simd2(0xae),
  sub: simd2(0xb1),
  truncSatF32x4S: simd1(0xf8),
  /** As `v128.select`, for masks whose lanes are all ones or all zeros. */
  relaxedLaneSelect: simd3(0x10b),
};

export const f32x4 = {
  splat: simd1(0x13),
  extract: lane(0x1f),
  replace: replace(0x20),
  eq: simd2(0x41),
  ne: simd2(0x42),
  lt: simd2(0x43),
  gt: simd2(0x44),
  le: simd2(0x45),
  ge: simd2(0x46),
  nearest: simd1(0x6a),
  abs: simd1(0xe0),
  neg: simd1(0xe1),
  sqrt: simd1(0xe3),
  add: simd2(0xe4),
  sub: simd2(0xe5),
  mul: simd2(0xe6),
  div: simd2(0xe7),
  min: simd2(0xe8),
  max: simd2(0xe9),
  /** b < a ? b : a, which is one machine instruction; a NaN in `a` stays, one in `b` does not count. */
  pmin: simd2(0xea),
  /** a < b ? b : a, likewise. */
  pmax: simd2(0xeb),
  convertI32x4S: simd1(0xfa),
  /** Two doubles in lanes 0 and 1, 0 in the others. */
  demoteF64x2Zero: simd1(0x5e),
  /** a·b + c, rounded once or twice as the machine does it fastest. */
  relaxedMultiplyAdd: simd3(0x105),
};

export const f64x2 = {
  splat: simd1(0x14),
  extract: lane(0x21),
  add: simd2(0xf0),
  div: simd2(0xf3),
  min: simd2(0xf4),
  max: simd2(0xf5),
  /** Lanes 0 and 1 as doubles. */
  promoteLowF32x4: simd1(0x5f),
};

const VOID = 0x40;

export function ifElse(condition: Code, then: Code, otherwise: Code = []): Code {
  return [condition, 0x04, VOID, then, 0x05, otherwise, 0x0b];
}

/** Runs `body`, and again as long as `condition` holds after it. */
export function doWhile(body: Code, condition: Code): Code {
  return [0x03, VOID, body, condition, 0x0d, 0, 0x0b];
}

/** Fills memory with zeros. */
export function clearMemory(address: Code, byteLength: Code): Code {
  return [address, i32.const(0), byteLength, 0xfc, 11, 0];
}

/** `a` if the condition is not 0, `b` otherwise; both are evaluated. */
export function choose(condition: Code, a: Code, b: Code): Code {
  return [a, b, condition, 0x1b];
}

export function returnValue(value: Code): Code {
  return [value, 0x0f];
}
