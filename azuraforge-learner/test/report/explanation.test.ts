import { describe, expect, test } from '@jest/globals';
import { ArgumentError } from '../../src/error.ts';
import { barsSection, heatMapSection } from '../../src/report/explanation.ts';

const found = {
  features: [
    { name: 'a', value: 0.123456789, error: 0.1 },
    { name: 'b', value: -2, error: null },
  ],
};
const grid = { shape: [2, 3] as [number, number], values: [1, 2, 3, 4, 5, 1 / 3] };

describe('sections of an explanation', () => {
  test('are bars for values of features, the longest first, with six digits', () => {
    const text = { id: 'why', title: { en: 'Why', tr: 'Neden' }, value: { unit: 'm' } };
    expect(barsSection(found, { ...text, titles: ['A', { en: 'B', tr: 'Be' }] })).toEqual({
      ...text,
      kind: 'bars',
      bars: [
        { key: 'b', title: { en: 'B', tr: 'Be' }, value: -2, spread: null },
        { key: 'a', title: 'A', value: 0.123457, spread: 0.1 },
      ],
    });
  });

  test('are heat maps, with labels or without', () => {
    const text = { id: 'where', title: 'Where' };
    const rows = { title: 'Input', labels: ['a', 'b'] };
    expect(heatMapSection(grid, { ...text, rows })).toEqual({
      ...text,
      kind: 'heat_map',
      value: {},
      rows: { ...rows, count: 2 },
      columns: { count: 3, labels: [] },
      values: [1, 2, 3, 4, 5, 0.333333],
    });
  });

  test('need as many titles and labels as there are things', () => {
    const text = { id: 'x', title: 'X' };
    expect(() => barsSection(found, { ...text, titles: ['A'] })).toThrow(ArgumentError);
    expect(() => heatMapSection(grid, { ...text, columns: { labels: ['a'] } })).toThrow(
      '1 labels for 3 rows or columns',
    );
  });
});
