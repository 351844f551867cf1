import { describe, expect, test } from '@jest/globals';
import { featureMatrix } from '../../src/data/feature.ts';
import { SeriesTable } from '../../src/data/series-table.ts';

const table = new SeriesTable({
  labelName: 'date',
  labels: ['2024-01-01', '2024-01-02', '2024-01-03'],
  columns: { close: [100, 110, 99], low: [50, 55, 99], zero: [1, 0, 2] },
});

describe('featureMatrix', () => {
  test('gives levels and seasons for every row', () => {
    const { names, data } = featureMatrix(table, [
      { kind: 'level', column: 'close' },
      { kind: 'season', cycle: 'year' },
    ]);
    expect(names).toEqual(['close', 'year_sin', 'year_cos']);
    const angle = (2 * Math.PI) / 366;
    expect([...data.subarray(0, 6)]).toEqual(
      [100, 0, 1, 110, Math.sin(angle), Math.cos(angle)].map((value) => expect.closeTo(value, 12)),
    );
  });

  test('gives changes from the second row on', () => {
    const { names, data } = featureMatrix(table, [
      { kind: 'difference', column: 'close' },
      { kind: 'log_return', column: 'close' },
      { kind: 'log_ratio', column: 'close', over: 'low' },
    ]);
    expect(names).toEqual(['close_difference', 'close_log_return', 'close_over_low_log']);
    expect([...data]).toEqual(
      [10, Math.log(1.1), Math.log(2), -11, Math.log(0.9), 0].map((value) => expect.closeTo(value, 12)),
    );
  });

  test('refuses a logarithm of 0 and names the row', () => {
    expect(() => featureMatrix(table, [{ kind: 'log_return', column: 'zero' }])).toThrow(
      /Column "zero", row 2 \(2024-01-02\): 0 is not above 0/,
    );
  });
});
