import { ERF_FAR, ERF_NEAR, EXPM1, LN2_HIGH, LN2_LOW, LOG1P } from '../polynomials.ts';

/**
 * Functions in WGSL, whose own ones may be as coarse as a driver likes, over one number or four. Implementations may assume
 * that there is no NaN and no infinity, and may rearrange sums: what depends on either is decided by bits.
 */
export type Width = 1 | 4;

type FunctionName =
  | 'is_nan'
  | 'is_true'
  | 'larger'
  | 'smaller'
  | 'sign_of'
  | 'exp_of'
  | 'expm1_of_negative'
  | 'tanh_of'
  | 'sigmoid_of'
  | 'log_of'
  | 'log1p_of'
  | 'erf_of'
  | 'self_difference';

const NEEDS: Partial<Record<FunctionName, readonly FunctionName[]>> = {
  is_true: ['is_nan'],
  larger: ['is_nan'],
  smaller: ['is_nan'],
  exp_of: ['is_nan'],
  tanh_of: ['expm1_of_negative', 'is_nan'],
  sigmoid_of: ['exp_of'],
  log1p_of: ['log_of'],
  erf_of: ['exp_of'],
};

/** Constant expressions must not be NaN or infinite; what is read from a variable may. */
export const SPECIAL_NUMBERS = `
var<private> nan_bits: u32 = 0x7fc00000u;
var<private> infinity_bits: u32 = 0x7f800000u;
fn nan() -> f32 { return bitcast<f32>(nan_bits); }
fn infinity() -> f32 { return bitcast<f32>(infinity_bits); }`;

/** The type of `width` elements. */
export function wide(type: string, width: Width): string {
  return width === 1 ? type : `vec4<${type}>`;
}

/** A literal of type f32. */
function number(value: number): string {
  const text = String(Math.fround(value));
  return /[.e]/.test(text) ? `${text}f` : `${text}.0f`;
}

/** Σ coefficients[i]·xⁱ by Horner's rule. */
export function polynomial(x: string, coefficients: readonly number[]): string {
  return coefficients
    .slice(0, -1)
    .reduceRight(
      (sum, coefficient) => `(${sum} * ${x} + ${number(coefficient)})`,
      number(coefficients.at(-1)!),
    );
}

/** Splits `x` into n·ln 2 + r with |r| ≤ ln(2)/2, and finds expm1(r). */
export function reduceExponent(x: string, F: string): string {
  return `
  let n = round(${x} * ${number(Math.LOG2E)});
  let r = (${x} - n * ${number(LN2_HIGH)}) - n * ${number(LN2_LOW)};
  let rest = r + r * r * ${F}(${polynomial('r', EXPM1)});`;
}

function source(name: FunctionName, width: Width): string {
  const [F, U, I, B] = ['f32', 'u32', 'i32', 'bool'].map((type) => wide(type, width));
  switch (name) {
    case 'is_nan':
      return `fn is_nan(x: ${F}) -> ${B} { return (bitcast<${U}>(x) & ${U}(0x7fffffffu)) > ${U}(0x7f800000u); }`;
    case 'is_true':
      return `fn is_true(x: ${F}) -> ${B} { return (x != ${F}(0.0)) | is_nan(x); }`;
    case 'larger':
      return `fn larger(a: ${F}, b: ${F}) -> ${F} { return select(b, a, (a > b) | is_nan(a)); }`;
    case 'smaller':
      return `fn smaller(a: ${F}, b: ${F}) -> ${F} { return select(b, a, (a < b) | is_nan(a)); }`;
    case 'sign_of':
      return `fn sign_of(x: ${F}) -> ${F} { return select(select(${F}(0.0), ${F}(-1.0), x < ${F}(0.0)), ${F}(1.0), x > ${F}(0.0)); }`;
    case 'self_difference':
      // x − x: NaN where x is NaN or infinite, else 0.
      return `fn self_difference(x: ${F}) -> ${F} { return select(${F}(0.0), ${F}(nan()), (bitcast<${U}>(x) & ${U}(0x7f800000u)) == ${U}(0x7f800000u)); }`;
    case 'exp_of':
      // Beyond 104 the result is infinite, below −104 it is 0, and 2ⁿ needs two factors where it is not a normal number.
      return `
fn exp_of(x: ${F}) -> ${F} {
  let limited = clamp(x, ${F}(-104.0), ${F}(104.0));${reduceExponent('limited', F!)}
  let exponent = ${I}(n);
  let half = exponent >> ${U}(1u);
  let low = bitcast<${F}>((half + ${I}(127)) << ${U}(23u));
  let high = bitcast<${F}>((exponent - half + ${I}(127)) << ${U}(23u));
  return select((rest + ${F}(1.0)) * low * high, x, is_nan(x));
}`;
    case 'expm1_of_negative':
      // For −88 ≤ x ≤ 0.
      return `
fn expm1_of_negative(x: ${F}) -> ${F} {${reduceExponent('x', F!)}
  let scale = bitcast<${F}>((${I}(n) + ${I}(127)) << ${U}(23u));
  return rest * scale + (scale - ${F}(1.0));
}`;
    case 'tanh_of':
      // |tanh x| = −e / (2 + e) with e = expm1(−2|x|), which loses nothing near 0.
      return `
fn tanh_of(x: ${F}) -> ${F} {
  let e = expm1_of_negative(min(abs(x), ${F}(10.0)) * ${F}(-2.0));
  let magnitude = bitcast<${U}>(-e / (e + ${F}(2.0)));
  let signed = bitcast<${F}>(magnitude | (bitcast<${U}>(x) & ${U}(0x80000000u)));
  return select(signed, x, is_nan(x));
}`;
    case 'sigmoid_of':
      return `
fn sigmoid_of(x: ${F}) -> ${F} {
  let e = exp_of(-abs(x));
  return select(${F}(1.0), e, x < ${F}(0.0)) / (e + ${F}(1.0));
}`;
    case 'log_of':
      // x = 2ⁿ·(1 + f) with √½ ≤ 1 + f < √2; a denormal is first made normal.
      return `
fn log_of(x: ${F}) -> ${F} {
  let is_tiny = x < ${F}(1.1754943508222875e-38f);
  // With √½ taken off the bits, the exponent counts from √½ instead of from 1.
  let bits = bitcast<${I}>(select(x, x * 16777216.0f, is_tiny)) - ${I}(0x3f3504f3);
  let n = ${F}(bits >> ${U}(23u)) - select(${F}(0.0), ${F}(24.0), is_tiny);
  let f = bitcast<${F}>((bits & ${I}(0x007fffff)) + ${I}(0x3f3504f3)) - ${F}(1.0);
  let tail = f * f * f * ${F}(${polynomial('f', LOG1P)}) - f * f * 0.5f;
  let value = n * ${number(LN2_HIGH)} + (f + (tail + n * ${number(LN2_LOW)}));
  let outside = select(${F}(nan()), x, x == ${F}(infinity()));
  let special = select(outside, ${F}(-infinity()), x == ${F}(0.0));
  return select(special, value, (x > ${F}(0.0)) & (x < ${F}(infinity())));
}`;
    case 'log1p_of':
      // Near 0 the polynomial of log takes x as it is; further out, rounding 1 + x costs less than a unit in the last place.
      return `
fn log1p_of(x: ${F}) -> ${F} {
  let near = x + (x * x * x * ${F}(${polynomial('x', LOG1P)}) - x * x * 0.5f);
  return select(log_of(x + ${F}(1.0)), near, (x > ${F}(-0.29)) & (x < ${F}(0.41)));
}`;
    case 'erf_of':
      return `
fn erf_of(x: ${F}) -> ${F} {
  let size = min(abs(x), ${F}(4.0));
  let square = x * x;
  let near = x + x * ${F}(${polynomial('square', ERF_NEAR)});
  let far = ${F}(1.0) - exp_of(-(size * ${F}(${polynomial('size', ERF_FAR)})));
  let signed = bitcast<${F}>(bitcast<${U}>(far) | (bitcast<${U}>(x) & ${U}(0x80000000u)));
  let value = select(signed, near, size < ${F}(1.0));
  return select(value, x, (bitcast<${U}>(x) & ${U}(0x7fffffffu)) > ${U}(0x7f800000u));
}`;
  }
}

/** The texts of functions and of all that they call, in the order of their definition. */
export function mathFunctions(names: Iterable<FunctionName>, width: Width): string[] {
  const texts = new Set<string>([SPECIAL_NUMBERS]);
  const add = (name: FunctionName): void => {
    for (const needed of NEEDS[name] ?? []) add(needed);
    texts.add(source(name, width));
  };
  for (const name of names) add(name);
  return [...texts];
}
