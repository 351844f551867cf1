import { describe, expect, test } from '@jest/globals';
import { ERROR_STATUS, EXPERIMENT_STATUSES, RUN_ERROR_CODES } from 'azuraforge-dbmodels/contract';
import { createFormats } from '../src/i18n/format.ts';
import { LOCALES, preferredLocale } from '../src/i18n/locale.ts';
import { createTranslate, dictionaries } from '../src/i18n/translate.ts';

function textsOf(message: string | { one: string; other: string }): string[] {
  return typeof message === 'string' ? [message] : [message.one, message.other];
}

function placeholders(message: string | { one: string; other: string }): string[] {
  const names = textsOf(message).flatMap((text) => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]));
  return [...new Set(names.filter((name) => name !== undefined))].toSorted();
}

describe('dictionaries', () => {
  test('every language has the same keys, none of them empty', () => {
    const keys = Object.keys(dictionaries.en).toSorted();
    for (const locale of LOCALES) {
      expect(Object.keys(dictionaries[locale]).toSorted()).toEqual(keys);
      for (const message of Object.values(dictionaries[locale])) {
        for (const text of textsOf(message)) expect(text.trim()).not.toBe('');
      }
    }
  });

  test('a translation names exactly the values that English names', () => {
    for (const [key, message] of Object.entries(dictionaries.en)) {
      const translated = dictionaries.tr[key as keyof typeof dictionaries.tr];
      expect([key, placeholders(translated)]).toEqual([key, placeholders(message)]);
    }
  });

  test('every code and state of the contract has a text of its own in every language', () => {
    const keys = [
      ...Object.keys(ERROR_STATUS).map((code) => `error.${code}`),
      ...RUN_ERROR_CODES.map((code) => `runError.${code}`),
      ...EXPERIMENT_STATUSES.map((status) => `status.${status}`),
    ];
    for (const locale of LOCALES) {
      const dictionary: Record<string, unknown> = dictionaries[locale];
      for (const key of keys) expect([key, typeof dictionary[key]]).toEqual([key, 'string']);
    }
    const same = keys.filter(
      (key) => Reflect.get(dictionaries.en, key) === Reflect.get(dictionaries.tr, key),
    );
    expect(same).toEqual([]);
  });
});

describe('translate', () => {
  test('chooses the plural and writes numbers as the language does', () => {
    const en = createTranslate('en');
    const tr = createTranslate('tr');
    expect(en('experiments.shown', { count: 1 })).toBe('1 experiment shown');
    expect(en('experiments.shown', { count: 1200 })).toBe('1,200 experiments shown');
    expect(tr('experiments.shown', { count: 1200 })).toBe('1.200 deney gösteriliyor');
  });

  test('a small limit is not rounded away', () => {
    expect(createTranslate('en')('invalid.minimum', { limit: 0.000001 })).toBe('Must be at least 0.000001.');
    expect(createTranslate('tr')('invalid.minimum', { limit: 0.5 })).toBe('En az 0,5 olmalı.');
  });

  test('text that looks like a placeholder is not filled twice', () => {
    expect(createTranslate('en')('rows.duplicateColumn', { column: '{column}' })).toBe(
      'The column {column} appears twice.',
    );
  });
});

describe('preferredLocale', () => {
  test('takes the best language that is spoken here', () => {
    expect(preferredLocale('de-DE,tr;q=0.8,en;q=0.5')).toBe('tr');
    expect(preferredLocale('en-GB,tr;q=0.9')).toBe('en');
    expect(preferredLocale('en;q=0.2,tr-TR;q=0.9')).toBe('tr');
    expect(preferredLocale('tr;q=0,fr')).toBe('en');
    expect(preferredLocale(null)).toBe('en');
  });
});

describe('formats', () => {
  const en = createFormats('en');
  const tr = createFormats('tr');

  test('values keep four digits, and tiny ones do not become zero', () => {
    expect(en.value(0.123456)).toBe('0.1235');
    expect(tr.value(0.123456)).toBe('0,1235');
    expect(en.value(18_887)).toBe('18,887');
    expect(tr.value(-28_742.36)).toBe('-28.742');
    expect(en.value(0)).toBe('0');
    expect(en.value(0.0000123)).toBe('1.23E-5');
  });

  test('a column of values has the same number of decimals', () => {
    const write = en.aligned([7.966, 5.6, -0.2]);
    expect([7.966, 5.6, -0.2].map(write)).toEqual(['7.966', '5.600', '-0.200']);
    expect(en.aligned([1234.5, 8])(8)).toBe('8');
    expect(en.aligned([82, 0])(82)).toBe('82');
  });

  test('durations carry over into the next unit', () => {
    expect(en.duration(8.66)).toBe('8.7 sec');
    expect(en.duration(60)).toBe('1 min');
    expect(en.duration(128)).toBe('2 min 8 sec');
    expect(en.duration(7199)).toBe('2 hr');
    expect(tr.duration(3660)).toBe('1 sa. 1 dk.');
  });

  test('a day stays that day in every time zone; other labels stay as they are', () => {
    expect(en.label('2015-01-01')).toBe('Jan 1, 2015');
    expect(tr.label('2015-01-01')).toBe('1 Oca 2015');
    expect(en.label('+3')).toBe('+3');
    expect(en.tick('2015-01-01', false)).toBe('Jan 1');
    expect(en.tick('2015-01-01', true)).toBe('Jan 2015');
  });
});
