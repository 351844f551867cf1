import { ERF_FAR, ERF_NEAR, EXPM1, LN2_HIGH, LN2_LOW, LOG1P } from '../polynomials.ts';
import type { FunctionBuilder, Local } from './assembler.ts';
import type { Code } from './instruction.ts';
import { f32x4, i32, i32x4, v128 } from './instruction.ts';

/**
 * Functions of four floats at a time, written into the function that uses them. Their polynomials come from
 * test/reference/polynomials.py; test/math.test.ts holds their errors below a few units in the last place.
 */
export type VectorFunction = (f: FunctionBuilder, x: Code) => Code;

const LOG2_E = Math.LOG2E;
const SIGN_BIT = 0x80000000 | 0;
const MANTISSA = 0x007fffff;
const ONE_BITS = 0x3f800000;
const SQRT_HALF_BITS = 0x3f3504f3;
const SMALLEST_NORMAL = 2 ** -126;

/** Σ coefficients[i]·xⁱ by Horner's rule. */
function polynomial(f: FunctionBuilder, x: Local, coefficients: readonly number[]): Code {
  return coefficients
    .slice(0, -1)
    .reduceRight<Code>(
      (sum, coefficient) => f32x4.add(f32x4.mul(sum, x.get), f.splat(coefficient)),
      f.splat(coefficients.at(-1)!),
    );
}

/** Splits x into n·ln 2 + r with |r| ≤ ln(2)/2; leaves n in `exponent` and expm1(r) in `rest`. */
function reduceExponent(f: FunctionBuilder, x: Local): { code: Code; exponent: Local; rest: Local } {
  const [exponent, r, rest] = [f.local('v128'), f.local('v128'), f.local('v128')];
  const code = [
    exponent.set(f32x4.nearest(f32x4.mul(x.get, f.splat(LOG2_E)))),
    r.set(f32x4.sub(x.get, f32x4.mul(exponent.get, f.splat(LN2_HIGH)))),
    r.set(f32x4.sub(r.get, f32x4.mul(exponent.get, f.splat(LN2_LOW)))),
    rest.set(f32x4.add(r.get, f32x4.mul(f32x4.mul(r.get, r.get), polynomial(f, r, EXPM1)))),
    exponent.set(i32x4.truncSatF32x4S(exponent.get)),
  ];
  return { code, exponent, rest };
}

/** 2ⁿ for whole n between −126 and 127. */
function powerOfTwo(f: FunctionBuilder, n: Code): Code {
  return i32x4.add(i32x4.shl(n, i32.const(23)), f.splatBits(ONE_BITS));
}

/** Beyond 104 the result is infinite, below −104 it is 0, and 2ⁿ needs two factors where it is not a normal number. */
export const exp: VectorFunction = (f, x) => {
  const [limited, half] = [f.local('v128'), f.local('v128')];
  const { code, exponent, rest } = reduceExponent(f, limited);
  return [
    limited.set(f32x4.pmax(f32x4.pmin(x, f.splat(104)), f.splat(-104))),
    code,
    half.set(i32x4.shrS(exponent.get, i32.const(1))),
    f32x4.mul(
      f32x4.mul(f32x4.add(f.splat(1), rest.get), powerOfTwo(f, half.get)),
      powerOfTwo(f, i32x4.sub(exponent.get, half.get)),
    ),
  ];
};

/** exp(x) − 1 for −88 ≤ x ≤ 0. */
function expm1OfNegative(f: FunctionBuilder, x: Local): Code {
  const { code, exponent, rest } = reduceExponent(f, x);
  const scale = f.local('v128');
  return [
    code,
    scale.set(powerOfTwo(f, exponent.get)),
    f32x4.add(f32x4.mul(rest.get, scale.get), f32x4.sub(scale.get, f.splat(1))),
  ];
}

/** |tanh x| = −e / (2 + e) with e = expm1(−2|x|), which loses nothing near 0. */
export const tanh: VectorFunction = (f, x) => {
  const [argument, doubled, e] = [f.local('v128'), f.local('v128'), f.local('v128')];
  return [
    argument.set(x),
    doubled.set(f32x4.mul(f32x4.pmin(f32x4.abs(argument.get), f.splat(10)), f.splat(-2))),
    e.set(expm1OfNegative(f, doubled)),
    withSignOf(f, argument, f32x4.div(f32x4.neg(e.get), f32x4.add(e.get, f.splat(2)))),
  ];
};

/** A magnitude that is not negative, with the sign of `source`. */
function withSignOf(f: FunctionBuilder, source: Local, magnitude: Code): Code {
  return v128.or(magnitude, v128.and(source.get, f.splatBits(SIGN_BIT)));
}

/** e / (1 + e) below 0 and 1 / (1 + e) from 0 up, with e = exp(−|x|). */
export const sigmoid: VectorFunction = (f, x) => {
  const [argument, e, isNegative] = [f.local('v128'), f.local('v128'), f.local('v128')];
  return [
    argument.set(x),
    e.set(exp(f, f32x4.neg(f32x4.abs(argument.get)))),
    isNegative.set(f32x4.lt(argument.get, f.splat(0))),
    f32x4.div(v128.select(e.get, f.splat(1), isNegative.get), f32x4.add(f.splat(1), e.get)),
  ];
};

/** x = 2ⁿ·(1 + f) with √½ ≤ 1 + f < √2; a denormal is first made normal. */
export const log: VectorFunction = (f, x) => {
  const [argument, isTiny, bits] = [f.local('v128'), f.local('v128'), f.local('v128')];
  const [n, fraction, square] = [f.local('v128'), f.local('v128'), f.local('v128')];
  const infinity = f.splat(Infinity);
  const finite = [
    isTiny.set(f32x4.lt(argument.get, f.splat(SMALLEST_NORMAL))),
    bits.set(v128.select(f32x4.mul(argument.get, f.splat(2 ** 24)), argument.get, isTiny.get)),
    // With √½ taken off the bits, the exponent counts from √½ instead of from 1.
    bits.set(i32x4.sub(bits.get, f.splatBits(SQRT_HALF_BITS))),
    n.set(f32x4.convertI32x4S(i32x4.shrS(bits.get, i32.const(23)))),
    n.set(f32x4.sub(n.get, v128.and(isTiny.get, f.splat(24)))),
    fraction.set(
      f32x4.sub(
        i32x4.add(v128.and(bits.get, f.splatBits(MANTISSA)), f.splatBits(SQRT_HALF_BITS)),
        f.splat(1),
      ),
    ),
    square.set(f32x4.mul(fraction.get, fraction.get)),
  ];
  const tail = f32x4.sub(
    f32x4.mul(f32x4.mul(square.get, fraction.get), polynomial(f, fraction, LOG1P)),
    f32x4.mul(square.get, f.splat(0.5)),
  );
  const value = f32x4.add(
    f32x4.add(fraction.get, f32x4.add(tail, f32x4.mul(n.get, f.splat(LN2_LOW)))),
    f32x4.mul(n.get, f.splat(LN2_HIGH)),
  );
  // log 0 = −∞ (also of −0); NaN below 0 and of NaN; ∞ stays.
  const special = v128.select(
    f32x4.neg(infinity),
    v128.select(argument.get, f.splat(NaN), f32x4.eq(argument.get, infinity)),
    f32x4.eq(argument.get, f.splat(0)),
  );
  const isPlain = v128.and(f32x4.gt(argument.get, f.splat(0)), f32x4.lt(argument.get, infinity));
  return [argument.set(x), finite, v128.select(value, special, isPlain)];
};

/** log(u)·x/(u − 1) with u = 1 + x: the factor undoes the rounding of u (Kahan). */
export const log1p: VectorFunction = (f, x) => {
  const [argument, u] = [f.local('v128'), f.local('v128')];
  const isItself = v128.or(f32x4.eq(u.get, f.splat(1)), f32x4.eq(argument.get, f.splat(Infinity)));
  return [
    argument.set(x),
    u.set(f32x4.add(f.splat(1), argument.get)),
    v128.select(
      argument.get,
      f32x4.mul(log(f, u.get), f32x4.div(argument.get, f32x4.sub(u.get, f.splat(1)))),
      isItself,
    ),
  ];
};

export const erf: VectorFunction = (f, x) => {
  const [argument, size, square, far] = [f.local('v128'), f.local('v128'), f.local('v128'), f.local('v128')];
  const near = f32x4.add(argument.get, f32x4.mul(argument.get, polynomial(f, square, ERF_NEAR)));
  const power = f32x4.neg(f32x4.mul(size.get, polynomial(f, size, ERF_FAR)));
  return [
    argument.set(x),
    size.set(f32x4.pmin(f32x4.abs(argument.get), f.splat(4))),
    square.set(f32x4.mul(argument.get, argument.get)),
    far.set(withSignOf(f, argument, f32x4.sub(f.splat(1), exp(f, power)))),
    v128.select(near, far.get, f32x4.lt(size.get, f.splat(1))),
  ];
};

/** −1, 0 or 1; 0 for NaN. */
export const sign: VectorFunction = (f, x) => {
  const argument = f.local('v128');
  return [
    argument.set(x),
    f32x4.sub(
      v128.and(f32x4.gt(argument.get, f.splat(0)), f.splat(1)),
      v128.and(f32x4.lt(argument.get, f.splat(0)), f.splat(1)),
    ),
  ];
};
