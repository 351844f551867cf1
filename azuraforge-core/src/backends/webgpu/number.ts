import { EXPM1, LOG1P } from '../polynomials.ts';
import { polynomial } from './math.ts';

/** Drops the fraction, modulo 2³², NaN and infinities to 0: as JavaScript does when it stores a number as an int32. */
export const TO_INT32 = `
fn to_int32(x: f32) -> i32 {
  let bits = bitcast<u32>(x);
  let exponent = i32((bits >> 23u) & 0xffu) - 150;
  if (exponent < 8) { return i32(x); }
  if (exponent > 31) { return 0; }
  let magnitude = bitcast<i32>(((bits & 0x7fffffu) | 0x800000u) << u32(exponent));
  return select(magnitude, -magnitude, x < 0.0);
}`;

/** An integer to the power of another, modulo 2³²; a fraction becomes 0. */
export const WHOLE_POWER = `
fn whole_power(base: i32, exponent: i32) -> i32 {
  if (exponent < 0) {
    if (base == 1) { return 1; }
    if (base == -1) { return select(1, -1, (exponent & 1) == 1); }
    return 0;
  }
  var result = 1;
  var square = base;
  for (var rest = exponent; rest > 0; rest >>= 1u) {
    if ((rest & 1) == 1) { result *= square; }
    square *= square;
  }
  return result;
}`;

/**
 * a to the power of b by IEEE 754. The logarithm to the base of 2 is kept in two parts, of which the first has 12 bits, so
 * that its products with the parts of b are exact: the error does not grow with the exponent. The cuts are made on bits,
 * which no driver rearranges.
 */
export const POWER = `
fn high_part(x: f32) -> f32 { return bitcast<f32>(bitcast<u32>(x) & 0xfffff000u); }
fn finite_power(a: f32, b: f32) -> f32 {
  let is_tiny = a < 1.1754943508222875e-38f;
  let bits = bitcast<i32>(select(a, a * 16777216.0f, is_tiny)) - 0x3f3504f3;
  let n = f32(bits >> 23u) - select(0.0f, 24.0f, is_tiny);
  let f = bitcast<f32>((bits & 0x007fffff) + 0x3f3504f3) - 1.0f;
  // log(1 + f) = f − f²/2 + f³·P(f), the first two terms in two parts.
  let f_high = high_part(f);
  let f_low = f - f_high;
  let half_square = f_high * f_high * 0.5f;
  let head = high_part(f_high - half_square);
  let rest = ((f_high - head) - half_square) + (f_low - (f_high + f_low * 0.5f) * f_low)
    + f * f * f * ${polynomial('f', LOG1P)};
  // The same to the base of 2, with 1 / ln 2 = 1.4423828125 + 0.000312228.
  let sum_high = high_part(head + rest);
  let sum_low = (head - sum_high) + rest;
  let log_head = high_part(sum_high * 1.4423828125f);
  let log_rest = (sum_high * 1.4423828125f - log_head) + (sum_low * 1.44269504f + sum_high * 0.000312228409f);
  let estimate = b * (n + (log_head + log_rest));
  if (estimate > 130.0f) { return infinity(); }
  if (estimate < -155.0f) { return 0.0f; }
  let b_high = high_part(b);
  let b_low = b - b_high;
  let whole = round(estimate);
  let fraction = ((b_high * n - whole) + b_high * log_head) + (b_low * n + (b * log_rest + b_low * log_head));
  let r = fraction * 0.693147181f;
  let result = 1.0f + (r + r * r * ${polynomial('r', EXPM1)});
  let half = i32(whole) >> 1u;
  return result * bitcast<f32>((half + 127) << 23u) * bitcast<f32>((i32(whole) - half + 127) << 23u);
}
fn power(a: f32, b: f32) -> f32 {
  if (b == 0.0 || a == 1.0) { return 1.0; }
  let size_bits = bitcast<u32>(a) & 0x7fffffffu;
  let exponent_bits = bitcast<u32>(b) & 0x7fffffffu;
  if (size_bits > 0x7f800000u || exponent_bits > 0x7f800000u) { return nan(); }
  let is_whole = exponent_bits >= 0x4b000000u || floor(b) == b;
  let is_odd = is_whole && exponent_bits < 0x4b800000u && (i32(b) & 1) == 1;
  let is_negative = (bitcast<u32>(a) >> 31u) == 1u;
  let size = abs(a);
  var result: f32;
  if (size_bits == 0u) { result = select(infinity(), 0.0, b > 0.0); }
  else if (size_bits == 0x7f800000u) { result = select(0.0, infinity(), b > 0.0); }
  else if (is_negative && !is_whole) { result = nan(); }
  else if (size == 1.0) { result = 1.0; }
  else if (exponent_bits == 0x7f800000u) { result = select(0.0, infinity(), (size > 1.0) == (b > 0.0)); }
  else if (is_whole && abs(b) <= 4.0) {
    let square = size * size;
    result = select(select(size, square, abs(b) >= 2.0), select(square * size, square * square, abs(b) == 4.0), abs(b) >= 3.0);
    if (b < 0.0) { result = 1.0 / result; }
  }
  else { result = finite_power(size, b); }
  return select(result, -result, is_negative && is_odd);
}`;
