import { describe, expect, test } from '@jest/globals';
import { DataError } from '../../src/error.ts';
import { datasetHash } from '../../src/data/dataset-hash.ts';
import { labelTime, SeriesTable } from '../../src/data/series-table.ts';

const options = { labelName: 'date', columns: ['level', 'flow'] };

const records = [
  { date: '2024-02-28', level: '1.5', flow: 10, weather: 'sun' },
  { date: '2024-02-29', level: '1.75', flow: -2, weather: 'rain' },
  { date: '2024-03-01', level: '2', flow: 0, weather: 'sun' },
];

describe('SeriesTable', () => {
  test('takes the named columns of records, numbers or text', () => {
    const table = SeriesTable.fromRecords(records, options);
    expect(table.labels).toEqual(['2024-02-28', '2024-02-29', '2024-03-01']);
    expect(table.columnNames).toEqual(['level', 'flow']);
    expect([...table.column('level')]).toEqual([1.5, 1.75, 2]);
    expect([...table.slice(1).column('flow')]).toEqual([-2, 0]);
  });

  test.each<[string, Record<string, unknown>[], RegExp]>([
    ['no rows', [], /no rows/],
    [
      'a missing column',
      [{ date: '2024-01-01', level: 1 }],
      /Column "flow" is missing. The data has: date, level/,
    ],
    [
      'an empty cell',
      records.with(1, { ...records[1]!, level: '' }),
      /"level", row 2 \(2024-02-29\).*found empty/,
    ],
    ['text', records.with(2, { ...records[2]!, flow: 'NaN' as never }), /"flow", row 3 .*found "NaN"/],
    ['infinity', records.with(0, { ...records[0]!, flow: Infinity }), /"flow", row 1 /],
    [
      'a day that does not exist',
      records.with(2, { ...records[2]!, date: '2024-02-30' }),
      /row 3: "2024-02-30" is not a date/,
    ],
    [
      'another notation',
      records.with(0, { ...records[0]!, date: '28.02.2024' }),
      /row 1: "28.02.2024" is not a date/,
    ],
    ['rows out of order', records.toReversed(), /row 2: 2024-02-29 does not come after 2024-03-01/],
    ['a date twice', [records[0]!, records[0]!], /row 2: 2024-02-28 does not come after/],
  ])('refuses %s and says where', (_, rows, message) => {
    const make = (): SeriesTable => SeriesTable.fromRecords(rows, options);
    expect(make).toThrow(DataError);
    expect(make).toThrow(message);
  });

  test('refuses columns of another length', () => {
    expect(
      () => new SeriesTable({ labelName: 'date', labels: ['2024-01-01'], columns: { level: [1, 2] } }),
    ).toThrow('Column "level" has 2 values for 1 rows');
  });

  test('names the columns it has when asked for another', () => {
    expect(() => SeriesTable.fromRecords(records, options).column('depth')).toThrow(
      'Column "depth" is missing. The data has: level, flow.',
    );
  });
});

describe('labelTime', () => {
  test('is no time for a label that names no moment', () => {
    for (const label of ['2020-13-01', '2020-00-10', '2020-01-01T25:00:00Z', '2024-02-30', 'Monday']) {
      expect(labelTime(label)).toBeNaN();
    }
    expect(labelTime('2020-01-01')).toBe(Date.UTC(2020, 0, 1));
  });
});

describe('datasetHash', () => {
  test('is the same for the same content and differs for any other', async () => {
    const table = SeriesTable.fromRecords(records, options);
    const hash = await datasetHash(table);
    expect(hash).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(await datasetHash(SeriesTable.fromRecords(structuredClone(records), options))).toBe(hash);
    const others = [
      SeriesTable.fromRecords(records.with(1, { ...records[1]!, flow: -2.000001 }), options),
      SeriesTable.fromRecords(records, { ...options, columns: ['flow', 'level'] }),
      table.slice(1),
    ];
    const hashes = await Promise.all(others.map((other) => datasetHash(other)));
    expect(new Set([hash, ...hashes]).size).toBe(4);
  });
});
