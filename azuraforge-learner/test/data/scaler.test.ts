import { describe, expect, test } from '@jest/globals';
import type { Matrix } from '../../src/data/matrix.ts';
import { MinMaxScaler, Scaler, StandardScaler } from '../../src/data/scaler.ts';
import { ArgumentError, DataError } from '../../src/error.ts';

const matrix: Matrix = { names: ['a', 'b'], data: Float64Array.of(1, 100, 2, 300, 3, 200) };

describe('scalers', () => {
  test('StandardScaler gives mean 0 and standard deviation 1', () => {
    const scaled = [...StandardScaler.fit(matrix).transform(matrix).data];
    const edge = Math.sqrt(3 / 2);
    expect(scaled).toEqual([-edge, -edge, 0, edge, edge, 0].map((value) => expect.closeTo(value, 12)));
  });

  test('without centring, 0 stays 0', () => {
    const scaler = StandardScaler.fit({ names: ['a'], data: Float64Array.of(3, -4) }, { center: false });
    expect(scaler.state.offset).toEqual([0]);
    expect(scaler.state.scale).toEqual([expect.closeTo(Math.sqrt(12.5), 12)]);
  });

  test('MinMaxScaler gives 0 to 1', () => {
    expect([...MinMaxScaler.fit(matrix).transform(matrix).data]).toEqual([0, 0, 0.5, 1, 1, 0.5]);
  });

  test.each([StandardScaler.fit(matrix), MinMaxScaler.fit(matrix)])(
    'survives JSON and undoes itself (%#)',
    (scaler) => {
      const restored = new Scaler(JSON.parse(JSON.stringify(scaler.state)));
      const there = restored.transform(matrix);
      expect([...there.data]).toEqual([...scaler.transform(matrix).data]);
      expect([...restored.inverse(there).data]).toEqual(
        [...matrix.data].map((value) => expect.closeTo(value, 10)),
      );
    },
  );

  test.each([0, 0.1, -1e6])('refuses a column that is always %d, by name', (value) => {
    const constant: Matrix = { names: ['a', 'flat'], data: Float64Array.of(1, value, 2, value, 4, value) };
    for (const fit of [() => StandardScaler.fit(constant), () => MinMaxScaler.fit(constant)]) {
      expect(fit).toThrow(DataError);
      expect(fit).toThrow(/"flat" has the same value .* in every training row/);
    }
  });

  test('refuses values that are not finite, and no rows', () => {
    expect(() => StandardScaler.fit({ names: ['a'], data: Float64Array.of(1, Number.NaN) })).toThrow(
      '"a", row 2: NaN',
    );
    expect(() => MinMaxScaler.fit({ names: ['a'], data: new Float64Array() })).toThrow(DataError);
  });

  test('refuses other columns than it was fitted on', () => {
    expect(() => StandardScaler.fit(matrix).transform({ names: ['a'], data: Float64Array.of(1) })).toThrow(
      ArgumentError,
    );
  });
});
