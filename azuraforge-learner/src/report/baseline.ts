/** The last observed value, `step` rows ahead or any other: what a forecast has to beat to be worth anything. */
export function naiveForecast(values: ArrayLike<number>, origin: number): number {
  return values[origin] ?? Number.NaN;
}

/**
 * The value one season before the forecast row (or as many whole seasons as lead back to an observed row).
 * Null where the series does not reach back that far. `step` counts from 1.
 */
export function seasonalNaiveForecast(
  values: ArrayLike<number>,
  origin: number,
  step: number,
  seasonLength: number,
): number | null {
  const seasonsBack = Math.ceil(step / seasonLength);
  return values[origin + step - seasonsBack * seasonLength] ?? null;
}
