/** A number for a sentence, with the decimal sign of the language: 3 to 4 telling digits. */
export function formatNumber(value: number, language: 'en' | 'tr'): string {
  return new Intl.NumberFormat(language, {
    maximumSignificantDigits: Math.abs(value) >= 1000 ? 4 : 3,
  }).format(value);
}

/** A share of 1 as percent: `16.2%` in English, `%16,2` in Turkish. */
export function formatPercent(share: number, language: 'en' | 'tr'): string {
  return new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: 1 }).format(share);
}
