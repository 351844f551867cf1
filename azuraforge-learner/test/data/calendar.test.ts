import { describe, expect, test } from '@jest/globals';
import { cycleAngle, nextLabels } from '../../src/data/calendar.ts';
import type { Frequency } from '../../src/data/calendar.ts';
import { DataError } from '../../src/error.ts';

describe('nextLabels', () => {
  test.each<[Frequency, string, string[]]>([
    ['daily', '2016-02-28', ['2016-02-29', '2016-03-01', '2016-03-02']],
    ['weekdays', '2020-04-16', ['2020-04-17', '2020-04-20', '2020-04-21']],
    ['weekly', '2024-12-25', ['2025-01-01', '2025-01-08', '2025-01-15']],
    ['monthly', '2024-01-31', ['2024-02-29', '2024-03-31', '2024-04-30']],
    ['hourly', '2024-12-31T22:00', ['2024-12-31T23:00:00Z', '2025-01-01T00:00:00Z', '2025-01-01T01:00:00Z']],
  ])('%s after %s', (frequency, label, labels) => {
    expect(nextLabels(label, frequency, 3)).toEqual(labels);
  });

  test('refuses what is not a date', () => {
    expect(() => nextLabels('tomorrow', 'daily', 1)).toThrow(DataError);
  });
});

describe('cycleAngle', () => {
  test('goes once round in a year, leap or not', () => {
    expect(cycleAngle('2015-01-01', 'year')).toBe(0);
    expect(cycleAngle('2016-07-02', 'year')).toBeCloseTo(Math.PI, 10);
    expect(cycleAngle('2015-12-31', 'year')).toBeCloseTo((2 * Math.PI * 364) / 365, 10);
  });

  test('goes once round in a week and a day', () => {
    expect(cycleAngle('2024-06-02', 'week')).toBe(0);
    expect(cycleAngle('2024-06-05T12:00Z', 'week')).toBeCloseTo(Math.PI, 10);
    expect(cycleAngle('2024-06-05T06:00Z', 'day')).toBeCloseTo(Math.PI / 2, 10);
  });
});
