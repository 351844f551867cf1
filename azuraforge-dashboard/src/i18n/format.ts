import type { Locale } from './locale.ts';

/** Numbers, dates and durations as one language writes them. */
export interface Formats {
  /** A measured value: four significant digits, and all before the point; tiny and huge ones in scientific notation. */
  value(value: number): string;
  /** Writes the values of one column with the same number of decimals: four digits for the largest, none for counts. */
  aligned(values: number[]): (value: number) => string;
  /** A value that must not lose digits (a seed, a setting). */
  exact(value: number): string;
  integer(value: number): string;
  /** A fraction as per cent, e.g. 0.125 → 13 %. */
  percent(fraction: number): string;
  bytes(bytes: number): string;
  /** A length of time in words short enough for a table. */
  duration(seconds: number): string;
  dateTime(iso: string): string;
  /** Time of day with seconds, for logs. */
  time(iso: string): string;
  relative(iso: string, now: number): string;
  /** A chart label: dates in words, anything else unchanged. */
  label(label: string): string;
  /** The short form of a chart label, for axes; day and month, or month and year over long spans. */
  tick(label: string, overYears: boolean): string;
}

const DAY_LABEL = /^\d{4}-\d{2}-\d{2}$/;
const MOMENT_LABEL = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}/;
const RELATIVE_STEPS = [
  { unit: 'day', seconds: 86_400 },
  { unit: 'hour', seconds: 3600 },
  { unit: 'minute', seconds: 60 },
] as const;

export function createFormats(locale: Locale): Formats {
  const measured = new Intl.NumberFormat(locale, {
    maximumSignificantDigits: 4,
    maximumFractionDigits: 0,
    roundingPriority: 'morePrecision',
  });
  const scientific = new Intl.NumberFormat(locale, { notation: 'scientific', maximumSignificantDigits: 3 });
  const exact = new Intl.NumberFormat(locale, { maximumSignificantDigits: 15, useGrouping: false });
  const integer = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 });
  const percent = new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 0 });
  const finePercent = new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 1 });
  const dateTime = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' });
  const time = new Intl.DateTimeFormat(locale, { timeStyle: 'medium' });
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });
  // A day without a time is a day wherever one reads it, so it is not moved by the reader's time zone.
  const day = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeZone: 'UTC' });
  const dayTick = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short', timeZone: 'UTC' });
  const yearTick = new Intl.DateTimeFormat(locale, { month: 'short', year: 'numeric', timeZone: 'UTC' });
  const unit = (value: number, name: string): string =>
    new Intl.NumberFormat(locale, {
      style: 'unit',
      unit: name,
      unitDisplay: 'short',
      maximumFractionDigits: value < 10 && name === 'second' ? 1 : 0,
    }).format(value);

  return {
    value(value) {
      const size = Math.abs(value);
      return size !== 0 && (size < 1e-4 || size >= 1e9) ? scientific.format(value) : measured.format(value);
    },
    aligned(values) {
      const largest = Math.max(0, ...values.map((value) => Math.abs(value)));
      if (largest !== 0 && (largest < 1e-3 || largest >= 1e9)) return (value) => scientific.format(value);
      const decimals = values.every(Number.isInteger) ? 0 : Math.max(0, 3 - Math.floor(Math.log10(largest)));
      const column = new Intl.NumberFormat(locale, {
        minimumFractionDigits: decimals,
        maximumFractionDigits: decimals,
        // No minus before a 0 that rounding has made.
        signDisplay: 'negative',
      });
      return (value) => column.format(value);
    },
    exact: (value) => exact.format(value),
    integer: (value) => integer.format(value),
    percent: (fraction) => (Math.abs(fraction) < 0.1 ? finePercent : percent).format(fraction),
    bytes(bytes) {
      if (bytes < 1000) return unit(bytes, 'byte');
      return bytes < 1_000_000 ? unit(bytes / 1000, 'kilobyte') : unit(bytes / 1_000_000, 'megabyte');
    },
    duration(seconds) {
      if (seconds < 60) return unit(seconds, 'second');
      const whole = Math.round(seconds);
      if (whole < 3600) {
        const rest = whole % 60;
        const minutes = unit(Math.floor(whole / 60), 'minute');
        return rest === 0 ? minutes : `${minutes} ${unit(rest, 'second')}`;
      }
      const allMinutes = Math.round(whole / 60);
      const hours = unit(Math.floor(allMinutes / 60), 'hour');
      return allMinutes % 60 === 0 ? hours : `${hours} ${unit(allMinutes % 60, 'minute')}`;
    },
    dateTime: (iso) => dateTime.format(new Date(iso)),
    time: (iso) => time.format(new Date(iso)),
    relative(iso, now) {
      const seconds = (Date.parse(iso) - now) / 1000;
      const step = RELATIVE_STEPS.find((candidate) => Math.abs(seconds) >= candidate.seconds);
      if (!step) return relative.format(0, 'second');
      return relative.format(Math.trunc(seconds / step.seconds), step.unit);
    },
    label(label) {
      if (DAY_LABEL.test(label)) return day.format(new Date(`${label}T00:00:00Z`));
      return MOMENT_LABEL.test(label) ? dateTime.format(new Date(label)) : label;
    },
    tick(label, overYears) {
      const short = overYears ? yearTick : dayTick;
      if (DAY_LABEL.test(label)) return short.format(new Date(`${label}T00:00:00Z`));
      return MOMENT_LABEL.test(label) ? short.format(new Date(label)) : label;
    },
  };
}
