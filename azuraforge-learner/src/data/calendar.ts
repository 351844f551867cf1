import { DataError } from '../error.ts';
import { labelTime } from './series-table.ts';

/** How far two rows lie apart; `weekdays` skips Saturday and Sunday (but knows no holidays). */
export const FREQUENCIES = ['hourly', 'daily', 'weekdays', 'weekly', 'monthly'] as const;
export type Frequency = (typeof FREQUENCIES)[number];

/** A cycle of the calendar that a model may follow. */
export const CALENDAR_CYCLES = ['day', 'week', 'year'] as const;
export type CalendarCycle = (typeof CALENDAR_CYCLES)[number];

const DAY = 86_400_000;

/** The `count` labels that follow `label`, in the same notation (date or date-time). */
export function nextLabels(label: string, frequency: Frequency, count: number): string[] {
  const start = labelTime(label);
  if (Number.isNaN(start)) {
    throw new DataError(`"${label}" is not a date. Write dates as YYYY-MM-DD or YYYY-MM-DDTHH:MM:SSZ.`);
  }
  const labels: string[] = [];
  let time = start;
  while (labels.length < count) {
    time = frequency === 'monthly' ? addMonths(start, labels.length + 1) : nextTime(time, frequency);
    const iso = new Date(time).toISOString();
    labels.push(label.length === 10 && frequency !== 'hourly' ? iso.slice(0, 10) : `${iso.slice(0, 19)}Z`);
  }
  return labels;
}

function nextTime(time: number, frequency: Exclude<Frequency, 'monthly'>): number {
  if (frequency === 'hourly') return time + DAY / 24;
  if (frequency === 'weekly') return time + 7 * DAY;
  let next = time + DAY;
  if (frequency === 'weekdays') {
    while ([0, 6].includes(new Date(next).getUTCDay())) next += DAY;
  }
  return next;
}

/** The same day of a later month, or that month's last day where it is shorter. */
function addMonths(time: number, months: number): number {
  const date = new Date(time);
  const day = date.getUTCDate();
  date.setUTCDate(1);
  date.setUTCMonth(date.getUTCMonth() + months);
  const lastDay = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
  date.setUTCDate(Math.min(day, lastDay));
  return date.getTime();
}

/** Where a date stands in the cycle, as an angle in radians (0 at midnight, Sunday or 1 January, 2π one cycle later). */
export function cycleAngle(label: string, cycle: CalendarCycle): number {
  const time = labelTime(label);
  const date = new Date(time);
  const year = date.getUTCFullYear();
  const midnight = Date.UTC(year, date.getUTCMonth(), date.getUTCDate());
  const dayFraction = (time - midnight) / DAY;
  if (cycle === 'day') return 2 * Math.PI * dayFraction;
  if (cycle === 'week') return (2 * Math.PI * (date.getUTCDay() + dayFraction)) / 7;
  const newYear = Date.UTC(year, 0, 1);
  return (2 * Math.PI * (time - newYear)) / (Date.UTC(year + 1, 0, 1) - newYear);
}
