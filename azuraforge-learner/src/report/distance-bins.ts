/** Numbers from 1 up, in groups: 1, 2, 3–4, 5–8, … up to `last`. What is near differs most. */
export interface DistanceBin {
  first: number;
  last: number;
  /** `3–4`, or `2` where it is one. */
  label: string;
}

export function distanceBins(last: number): DistanceBin[] {
  const powers = Array.from({ length: Math.ceil(Math.log2(last)) }, (_, power) => 2 ** power);
  return [...powers, last].map((end, bin, ends) => {
    const first = (ends[bin - 1] ?? 0) + 1;
    return { first, last: end, label: first === end ? String(end) : `${first}–${end}` };
  });
}
