import { describe, expect, test } from '@jest/globals';
import { LabelEncoder } from '../../src/data/label-encoder.ts';
import { matrixValues } from '../../src/data/matrix.ts';
import { Table } from '../../src/data/table.ts';
import { TableEncoder } from '../../src/data/table-encoder.ts';
import { DataError, ModelFileError } from '../../src/error.ts';
import { ArrayDataset } from '../../src/trainer/dataset.ts';

const records = [
  { age: '20', income: 1, city: 'Ankara', note: 'x' },
  { age: '', income: 2, city: 'Bursa', note: 'x' },
  { age: '40', income: 3, city: null, note: 'y' },
  { age: 'NA', income: 4, city: 'Ankara', note: 'y' },
];
const table = Table.fromRecords(records, { numeric: ['age', 'income'], categorical: ['city'] });

describe('Table', () => {
  test('reads numbers, names and gaps', () => {
    expect([...table.numeric('age')]).toEqual([20, Number.NaN, 40, Number.NaN]);
    expect(table.categorical('city')).toEqual(['Ankara', 'Bursa', null, 'Ankara']);
    expect(table.rows([2, 0]).categorical('city')).toEqual([null, 'Ankara']);
  });

  test.each<[string, () => unknown, RegExp]>([
    ['no rows', () => Table.fromRecords([], { numeric: ['age'] }), /no rows/],
    ['no columns', () => new Table({}), /no rows or no columns/],
    [
      'text for a number',
      () => Table.fromRecords([{ a: 1 }, { a: 'tall' }], { numeric: ['a'] }),
      /"a", row 2.*"tall"/,
    ],
    ['an infinite value', () => new Table({ numeric: { a: [1, -Infinity] } }), /"a", row 2.*-Infinity/],
    [
      'infinity as text',
      () => Table.fromRecords([{ a: 'Infinity' }], { numeric: ['a'] }),
      /"a", row 1.*"Infinity"/,
    ],
    [
      'a missing column',
      () => Table.fromRecords(records, { numeric: ['height'] }),
      /"height" is missing.*age, income/,
    ],
    [
      'columns of two lengths',
      () => new Table({ numeric: { a: [1], b: [1, 2] } }),
      /"b" has 2 values for 1 rows/,
    ],
    ['one name twice', () => new Table({ numeric: { a: [1] }, categorical: { a: ['x'] } }), /"a" is both/],
    ['a row too far', () => table.rows([4]), /no row 4 in a table of 4/],
    ['the wrong kind', () => table.numeric('city'), /no numeric column "city"; there are: age, income/],
  ])('refuses %s, by name', (_, act, message) => {
    expect(act).toThrow(DataError);
    expect(act).toThrow(message);
  });
});

describe('TableEncoder', () => {
  test('fills, flags, scales and encodes', () => {
    const encoder = TableEncoder.fit(table, { scale: 'min_max' });
    expect(encoder.featureNames).toEqual([
      'age',
      'income',
      'age_missing',
      'city=Ankara',
      'city=Bursa',
      'city=',
    ]);
    const { names, data } = encoder.transform(table);
    expect(names).toEqual(encoder.featureNames);
    expect([...data]).toEqual(
      [
        [0, 0, 0, 1, 0, 0],
        [0.5, 1 / 3, 1, 0, 1, 0],
        [1, 2 / 3, 0, 0, 0, 1],
        [0.5, 1, 1, 1, 0, 0],
      ].flat(),
    );
  });

  test('knows nothing of rows that it was not fitted on', () => {
    const encoder = TableEncoder.fit(table.rows([0, 2]), { scale: 'none' });
    const other = new Table({
      numeric: { age: [1000, Number.NaN], income: [Number.NaN, 5] },
      categorical: { city: ['Izmir', 'Ankara'] },
    });
    expect(encoder.featureNames).toEqual(['age', 'income', 'city=Ankara', 'city=']);
    expect([...encoder.transform(other).data]).toEqual([1000, 2, 0, 0, 30, 5, 1, 0]);
  });

  test('numbers categories, the unknown after the last', () => {
    const cities = table.rows([0, 1]);
    const encoder = TableEncoder.fit(new Table({ categorical: { city: cities.categorical('city') } }), {
      encoding: 'index',
    });
    expect([...encoder.transform(table).data]).toEqual([0, 1, 2, 0]);
  });

  test('fills with the median', () => {
    const skewed = new Table({ numeric: { a: [1, 2, 100, Number.NaN, 3] } });
    expect(TableEncoder.fit(skewed, { fill: 'median' }).state.numeric[0]!.fill).toBe(2.5);
  });

  test('survives JSON', () => {
    const encoder = TableEncoder.fit(table);
    const restored = TableEncoder.fromState(JSON.parse(JSON.stringify(encoder.state)));
    expect(restored.transform(table)).toEqual(encoder.transform(table));
  });

  test('gives samples for the trainer', async () => {
    const { data, shape } = matrixValues(TableEncoder.fit(table).transform(table));
    const labels = LabelEncoder.fit(['no', 'yes', 'no', 'yes']);
    const dataset = new ArrayDataset(
      { data, shape },
      { data: labels.encode(['no', 'yes', 'no', 'yes']), shape: [4] },
    );
    const { input, target } = dataset.batch(Uint32Array.of(3, 0));
    expect(input.shape).toEqual([2, 6]);
    expect(target.dtype).toBe('int32');
    expect([...(await target.data())]).toEqual([1, 0]);
  });

  test.each<[string, Table, RegExp]>([
    ['a constant number', new Table({ numeric: { a: [1, 2], flat: [3, 3] } }), /"flat" has the same value/],
    [
      'a number with one known value',
      new Table({ numeric: { a: [3, Number.NaN] } }),
      /"a" has the same value/,
    ],
    ['a constant name', new Table({ categorical: { c: ['x', 'x'] } }), /"c" is "x" in every training row/],
    ['no numbers', new Table({ numeric: { a: [Number.NaN] } }), /"a" is missing in every training row/],
    ['no names', new Table({ categorical: { c: [null] } }), /"c" is missing in every training row/],
  ])('refuses a column of %s', (_, unfit, message) => {
    const fit = (): unknown => TableEncoder.fit(unfit);
    expect(fit).toThrow(DataError);
    expect(fit).toThrow(message);
  });

  test('refuses an unknown category where that is an error', () => {
    const encoder = TableEncoder.fit(new Table({ categorical: { city: ['Ankara', 'Bursa'] } }), {
      unknown: 'error',
    });
    expect(() => encoder.transform(table)).toThrow(/"city", row 3: a missing value.*Ankara, Bursa/);
  });

  test.each<[string, (state: Record<string, unknown>) => void, RegExp]>([
    ['a field less', (state) => delete state.unknown, /damaged at unknown/],
    ['a scale of 0', (state) => ((state.scaler as { scale: number[] }).scale[0] = 0), /damaged at scaler/],
    [
      'other columns',
      (state) => ((state.scaler as { columns: string[] }).columns = ['b', 'a']),
      /scaler.columns/,
    ],
  ])('refuses a state with %s', (_, damage, message) => {
    const state = JSON.parse(JSON.stringify(TableEncoder.fit(table).state)) as Record<string, unknown>;
    damage(state);
    expect(() => TableEncoder.fromState(state)).toThrow(ModelFileError);
    expect(() => TableEncoder.fromState(state)).toThrow(message);
  });
});

describe('LabelEncoder', () => {
  test('numbers classes by name, and back', () => {
    const encoder = LabelEncoder.fromState(
      JSON.parse(JSON.stringify(LabelEncoder.fit(['b', 'a', 'b']).state)),
    );
    expect([...encoder.encode(['a', 'b'])]).toEqual([0, 1]);
    expect(encoder.decode([1, 0])).toEqual(['b', 'a']);
  });

  test.each<[string, () => unknown, RegExp]>([
    ['one class', () => LabelEncoder.fit(['a', 'a']), /Label: all 2 labels are "a"/],
    ['no labels', () => LabelEncoder.fit([]), /no labels/],
    ['a missing label', () => LabelEncoder.fit(['a', null]), /row 2: it is missing/],
    [
      'a label from elsewhere',
      () => LabelEncoder.fit(['a', 'b']).encode(['a', 'c']),
      /row 2: "c" is no class.*a, b/,
    ],
    ['a class out of range', () => LabelEncoder.fit(['a', 'b']).decode([2]), /2 is no class/],
  ])('refuses %s', (_, act, message) => {
    expect(act).toThrow(DataError);
    expect(act).toThrow(message);
  });
});
