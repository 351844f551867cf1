/** A number for a sentence, with the decimal sign of the language: 3 telling digits, 4 from 1,000 on. */
export function formatNumber(value: number, language: 'en' | 'tr'): string {
  const digits = Math.abs(value) >= 1000 ? 4 : 3;
  return new Intl.NumberFormat(language, {
    minimumSignificantDigits: digits,
    maximumSignificantDigits: digits,
  }).format(value);
}

/** A share of 1 as percent: `16.2%` in English, `%16,2` in Turkish. */
export function formatPercent(share: number, language: 'en' | 'tr'): string {
  return new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: 1 }).format(share);
}

/** Six telling digits are more than a chart can show, and make the file a third as long. */
export function rounded(value: number): number;
export function rounded(value: number | null): number | null;
export function rounded(value: number | null): number | null {
  return value === null ? null : Number(value.toPrecision(6));
}
