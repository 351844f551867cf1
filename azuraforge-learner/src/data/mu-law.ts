/** Codes of a sample: 8 bits, as on the telephone. */
export const MU_LAW_CODES = 256;

const MU = MU_LAW_CODES - 1;

/**
 * Samples from −1 to 1 as codes from 0 to 255, finer near 0 where the ear is (ITU-T G.711's formula, not its segments, as in
 * torchaudio's `mu_law_encoding`). Values beyond are taken for the limits.
 */
export function encodeMuLaw(samples: ArrayLike<number>): Int32Array {
  return Int32Array.from(samples, (sample) => {
    const size = Math.log1p(MU * Math.min(1, Math.abs(sample))) / Math.log1p(MU);
    return Math.floor(((Math.sign(sample) * size + 1) / 2) * MU + 0.5);
  });
}

/** The samples in the middle of what became these codes. */
export function decodeMuLaw(codes: ArrayLike<number>): Float32Array {
  return Float32Array.from(codes, (code) => expand(code));
}

/** Between which samples a code stands; the outermost have no limit. */
export function muLawEdges(): Float64Array {
  const edges = Float64Array.from({ length: MU_LAW_CODES + 1 }, (_, code) => expand(code - 0.5));
  edges[0] = Number.NEGATIVE_INFINITY;
  edges[MU_LAW_CODES] = Number.POSITIVE_INFINITY;
  return edges;
}

function expand(code: number): number {
  const level = (2 * code) / MU - 1;
  return (Math.sign(level) * Math.expm1(Math.abs(level) * Math.log1p(MU))) / MU;
}
