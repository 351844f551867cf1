import { expect, test } from '@jest/globals';
import { requireFinite } from '../dist/run/finite.js';

test('an answer may hold anything that JSON has a word for', () => {
  expect(() => requireFinite({ rows: [{ value: -0.5, label: 'NaN', none: null }], naive: 0 })).not.toThrow();
});

test('a number that JSON has no word for is named by its place', () => {
  expect(() => requireFinite({ rows: [{ value: 1 }, { value: Number.NaN }] })).toThrow(
    'The pipeline answered NaN at rows.1.value.',
  );
  expect(() => requireFinite(Number.POSITIVE_INFINITY)).toThrow('The pipeline answered Infinity at the top.');
});
