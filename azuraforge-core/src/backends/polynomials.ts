// Fitted by test/reference/polynomials.py; the devices that compute in 32 bits share them.

/** ln 2 in two parts, of which the first has so few bits that its product with any exponent is exact. */
export const LN2_HIGH = 0.693359375;
export const LN2_LOW = Math.LN2 - LN2_HIGH;
/** expm1(r) = r + r²·P(r) for |r| ≤ ln(2)/2. */
export const EXPM1 = [0.5, 0.166665435, 0.0416662805, 0.00836657733, 0.00139464391];
/** log(1 + f) = f − f²/2 + f³·P(f) for √½ ≤ 1 + f < √2. */
export const LOG1P = [
  0.333333164, -0.250008106, 0.200022861, -0.166245535, 0.141811907, -0.13128753, 0.1288165, -0.0785961822,
];
/** erf(x) = x + x·P(x²) for |x| < 1. */
export const ERF_NEAR = [
  0.128379166, -0.37612626, 0.112836003, -0.0268544443, 0.00518953567, -0.000802084222, 7.88912294e-5,
];
/** erf(x) = 1 − exp(−x·P(x)) for 1 ≤ x ≤ 4; beyond, it is 1 in 32 bits. */
export const ERF_FAR = [
  1.12859964, 0.63541013, 0.105669051, -0.023091631, 0.0031820091, -0.000138747331, -2.84358212e-5,
  3.55704265e-6,
];
