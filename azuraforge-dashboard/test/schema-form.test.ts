import { describe, expect, test } from '@jest/globals';
import { createTranslate } from '../src/i18n/translate.ts';
import { fieldsOf, groupsOf } from '../src/schema-form/field.ts';
import { fieldErrorText, validate } from '../src/schema-form/validate.ts';
import { typedInteger, typedNumber, valueAt, withValue } from '../src/schema-form/value.ts';

const schema = {
  type: 'object',
  additionalProperties: false,
  required: ['epochs', 'rate', 'optimizer', 'columns', 'network'],
  properties: {
    epochs: {
      type: 'integer',
      title: 'Epochs',
      description: 'How often.',
      minimum: 1,
      maximum: 50,
      default: 10,
      'x-i18n': { tr: { title: 'Devir', description: 'Kaç kez.' } },
    },
    rate: { type: 'number', exclusiveMinimum: 0, default: 0.001 },
    shuffle: { type: 'boolean', default: true },
    optimizer: {
      anyOf: [
        { const: 'adam', title: 'Adam' },
        { const: 'sgd', title: 'SGD', 'x-i18n': { tr: { title: 'SGD (tr)' } } },
      ],
    },
    loss: { enum: ['mse', 'mae'], 'x-i18n': { tr: { enum: { mse: 'kare hata' } } } },
    columns: { type: 'array', items: { type: 'string', enum: ['open', 'close'] }, minItems: 1 },
    hidden_sizes: { type: 'array', items: { type: 'integer' } },
    limit: {
      anyOf: [{ type: 'integer', minimum: 1 }, { type: 'null' }],
      title: 'Row limit',
      'x-advanced': true,
    },
    note: { type: ['string', 'null'], 'x-group': { en: 'Texts', tr: 'Metinler' } },
    network: {
      type: 'object',
      title: 'Network',
      required: ['layers'],
      properties: {
        layers: { type: 'integer', minimum: 1 },
        dropout: { type: 'number', maximum: 0.9, 'x-advanced': true },
      },
    },
    shape: { type: 'array', items: { type: 'object' } },
    version: { const: 1 },
  },
};

const field = (path: string, locale: 'en' | 'tr' = 'en') => {
  const found = fieldsOf(schema, locale).find((candidate) => candidate.path === path);
  if (!found) throw new Error(`no field ${path}`);
  return found;
};

describe('typedNumber', () => {
  test('takes a decimal comma for what it is, and does not lose it', () => {
    expect(typedNumber(' 0,002 ')).toBe('0.002');
    expect(typedNumber('0.002')).toBe('0.002');
    expect(typedNumber(undefined)).toBe('');
  });
});

describe('typedInteger', () => {
  test('takes groups of digits for what they are, and leaves a fraction to be refused', () => {
    for (const text of ['1,024', '1.024', '1 024', '1024']) expect(typedInteger(text)).toBe('1024');
    expect(typedInteger('2,147,483,647')).toBe('2147483647');
    expect(typedInteger('2,5')).toBe('2.5');
    expect(typedInteger(undefined)).toBe('');
  });
});

describe('fieldsOf', () => {
  test('keeps the order of the schema, flattens objects, leaves out what a form cannot show', () => {
    expect(fieldsOf(schema, 'en').map(({ path, kind }) => `${path}:${kind}`)).toEqual([
      'epochs:integer',
      'rate:number',
      'shuffle:boolean',
      'optimizer:choice',
      'loss:choice',
      'columns:choices',
      'hidden_sizes:numbers',
      'limit:integer',
      'note:string',
      'network.layers:integer',
      'network.dropout:number',
    ]);
  });

  test('takes texts in the language asked for, and makes a title from a name', () => {
    expect(field('epochs')).toMatchObject({ title: 'Epochs', description: 'How often.', defaultValue: 10 });
    expect(field('epochs', 'tr')).toMatchObject({ title: 'Devir', description: 'Kaç kez.' });
    expect(field('hidden_sizes').title).toBe('Hidden sizes');
    expect(field('optimizer', 'tr').options).toEqual([
      { value: 'adam', label: 'Adam' },
      { value: 'sgd', label: 'SGD (tr)' },
    ]);
    expect(field('loss', 'tr').options.map((option) => option.label)).toEqual(['kare hata', 'mae']);
  });

  test('knows ranges, and which ends are outside', () => {
    expect(field('epochs').minimum).toEqual({ value: 1, exclusive: false });
    expect(field('rate').minimum).toEqual({ value: 0, exclusive: true });
    expect(field('rate').maximum).toBeNull();
  });

  test('knows what may be null, what is advanced, and what belongs together', () => {
    expect(field('limit')).toMatchObject({ nullable: true, advanced: true, title: 'Row limit' });
    expect(field('note')).toMatchObject({ nullable: true, advanced: false, group: 'Texts' });
    expect(field('note', 'tr').group).toBe('Metinler');
    expect(field('network.dropout')).toMatchObject({ advanced: true, group: 'Network' });
    expect(groupsOf(fieldsOf(schema, 'en')).map((group) => [group.title, group.fields.length])).toEqual([
      [null, 8],
      ['Texts', 1],
      ['Network', 2],
    ]);
  });

  test('a schema without properties has no fields', () => {
    expect(fieldsOf({ type: 'object' }, 'en')).toEqual([]);
  });
});

describe('values by path', () => {
  test('reads and replaces without touching the original', () => {
    const config = { epochs: 1, network: { layers: 2, dropout: 0.1 } };
    const changed = withValue(config, 'network.layers', 3);
    expect(valueAt(changed, 'network.layers')).toBe(3);
    expect(valueAt(changed, 'network.dropout')).toBe(0.1);
    expect(config.network.layers).toBe(2);
    expect(withValue(config, 'epochs', undefined)).toEqual({ network: { layers: 2, dropout: 0.1 } });
    expect(valueAt(config, 'epochs.deep')).toBeUndefined();
    expect(withValue({}, 'a.b', 1)).toEqual({ a: { b: 1 } });
  });
});

const errors = (value: unknown) =>
  Object.fromEntries(validate(schema, value).map((error) => [error.path, error]));
const texts = (value: unknown, locale: 'en' | 'tr') =>
  Object.fromEntries(
    validate(schema, value).map((error) => [error.path, fieldErrorText(error, createTranslate(locale))]),
  );

describe('validate', () => {
  const good = { epochs: 3, rate: 0.1, optimizer: 'adam', columns: ['open'], network: { layers: 1 } };
  test('accepts what fits', () => {
    expect(validate(schema, good)).toEqual([]);
    expect(validate(schema, { ...good, limit: null, note: 'x' })).toEqual([]);
  });

  test('names each wrong field once, by its path in dots', () => {
    const found = errors({ ...good, epochs: 0.5, rate: 0, network: { layers: 0 } });
    expect(Object.keys(found).toSorted()).toEqual(['epochs', 'network.layers', 'rate']);
    expect(found['network.layers']).toMatchObject({ keyword: 'minimum', params: { limit: 1 } });
  });

  test('a wrong date is told what a date looks like', () => {
    const error = { path: 'rows.3.date', message: '…', keyword: 'format', params: { format: 'date' } };
    expect(fieldErrorText(error, createTranslate('en'))).toBe('Must be a date such as 2026-01-31.');
    expect(fieldErrorText({ ...error, params: {} }, createTranslate('en'))).toMatch(/expected form/);
  });

  test('a missing and an unknown property are errors of that property', () => {
    const { rate: _rate, ...rest } = good;
    const found = errors({ ...rest, speed: 1 });
    expect(found.rate).toMatchObject({ keyword: 'required' });
    expect(found.speed).toMatchObject({ keyword: 'additionalProperties' });
  });

  test('finds more errors than the library keeps by default', () => {
    const wide = {
      type: 'object',
      properties: Object.fromEntries(
        Array.from({ length: 30 }, (_, index) => [`p${index}`, { type: 'number' }]),
      ),
    };
    const value = Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`p${index}`, 'x']));
    expect(validate(wide, value)).toHaveLength(30);
  });

  test('says what is wrong in both languages', () => {
    const bad = { ...good, epochs: 51, rate: 0, optimizer: 'none', columns: [], shuffle: 'yes' };
    expect(texts(bad, 'en')).toEqual({
      epochs: 'Must be at most 50.',
      rate: 'Must be greater than 0.',
      optimizer: 'Choose one of the options.',
      columns: 'Choose at least 1.',
      shuffle: 'This has the wrong kind of value.',
    });
    expect(texts(bad, 'tr')).toMatchObject({
      epochs: 'En çok 50 olmalı.',
      rate: '0 değerinden büyük olmalı.',
    });
  });

  test('a rule that only the server checks is told in the language of the reader too', () => {
    const error = { path: 'rows.1.date', message: 'Must come after the row before.', keyword: 'order' };
    expect(fieldErrorText(error, createTranslate('tr'))).toMatch(/^Önceki satırdan sonra gelmeli/);
  });

  test('an unknown rule of the server is shown in its own words', () => {
    const text = fieldErrorText(
      { path: 'rows.1.date', message: 'Must come after the row before.', keyword: 'holiday' },
      createTranslate('tr'),
    );
    expect(text).toBe('Must come after the row before.');
  });
});
